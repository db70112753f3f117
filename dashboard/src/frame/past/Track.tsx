/** The slider itself, over marks of what happened and of where days begin. */

import { type KeyboardEvent, memo, type PointerEvent, useId, useMemo, useState } from "react";
import { classes } from "@/design/classes";
import { weekdayMoment } from "@/design/format";
import { dayFrom, type KnownSlot } from "./slots";
import styles from "./Track.module.css";

/** Of the changes of one slot this many reach the top. */
const MANY = 5;
/** How many days have their name below the track at the most. */
const NAMES = 12;

/** A name that begins farther right would leave the track. */
const FITS = 0.95;

interface TrackProps {
  slots: readonly KnownSlot[];
  days: readonly { place: number; name: string }[];
  /** Where it stands; the number of slots for the present. */
  place: number;
  onPlace: (place: number) => void;
}

/** What happened at a slot, in words. */
export function happened(slot: KnownSlot | undefined): string {
  if (!slot) return "";
  const told = [
    slot.changes > 0 && `${slot.changes} ${slot.changes === 1 ? "action" : "actions"} changed`,
    slot.alerts > 0 && `${slot.alerts} ${slot.alerts === 1 ? "alert" : "alerts"} fired`,
  ].filter(Boolean);
  return told.join(", ");
}

export function Track({ slots, days, place, onPlace }: TrackProps) {
  const told = useId();
  const [pointed, setPointed] = useState<number | null>(null);
  const count = slots.length;
  const here = slots[place];
  const keys = (event: KeyboardEvent) => {
    const way = event.key === "PageUp" ? 1 : event.key === "PageDown" ? -1 : null;
    if (way === null) return;
    event.preventDefault();
    onPlace(dayFrom(days, count, place, way));
  };
  const point = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(1, box.width);
    setPointed(Math.min(count, Math.max(0, Math.round(share * count))));
  };
  return (
    <div className={styles.track}>
      <div className={styles.marks} onPointerMove={point} onPointerLeave={() => setPointed(null)}>
        <Marks slots={slots} days={days} />
        {here && (
          <span
            className={styles.veil}
            style={{ insetInlineStart: `${(place / Math.max(1, count)) * 100}%` }}
          />
        )}
        <span className={styles.gone} style={{ width: `${(place / Math.max(1, count)) * 100}%` }} />
        {pointed !== null && <Pointed slots={slots} place={pointed} />}
        <input
          type="range"
          className={styles.slider}
          aria-label="Past slot"
          aria-describedby={told}
          aria-valuetext={
            here ? [weekdayMoment(here.at), happened(here)].filter(Boolean).join(", ") : "Now"
          }
          min={0}
          max={count}
          value={place}
          onKeyDown={keys}
          onChange={(event) => onPlace(Number(event.target.value))}
        />
      </div>
      <p id={told} className="visually-hidden">
        Arrow keys go a slot, Page Up and Page Down a day, Home to the oldest slot, End to now.
      </p>
    </div>
  );
}

const Marks = memo(function Marks({ slots, days }: Pick<TrackProps, "slots" | "days">) {
  const count = Math.max(1, slots.length);
  const changes = useMemo(() => {
    const bars = slots.map(({ changes: many }, place) =>
      many > 0 ? `M${place} 20v-${3 + (Math.min(many, MANY) / MANY) * 15}` : "",
    );
    return bars.join("");
  }, [slots]);
  const every = Math.ceil(days.length / NAMES);
  return (
    <>
      <svg
        className={styles.drawing}
        viewBox={`0 0 ${count} 20`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path
          className={styles.days}
          d={days.map((one) => `M${one.place} 0V20`).join("")}
          vectorEffect="non-scaling-stroke"
        />
        <path className={styles.changes} d={changes} vectorEffect="non-scaling-stroke" />
      </svg>
      {slots.map(
        (slot, place) =>
          slot.alerts > 0 && (
            <span
              key={slot.at}
              aria-hidden="true"
              className={styles.alert}
              style={{ insetInlineStart: `${(place / count) * 100}%` }}
            />
          ),
      )}
      <span className={styles.names} aria-hidden="true">
        {days.map(
          (one, nth) =>
            nth % every === 0 &&
            one.place / count < FITS && (
              <span
                key={one.place}
                className={styles.name}
                style={{ insetInlineStart: `${(one.place / count) * 100}%` }}
              >
                {one.name}
              </span>
            ),
        )}
      </span>
    </>
  );
});

function Pointed({ slots, place }: { slots: readonly KnownSlot[]; place: number }) {
  const slot = slots[place];
  const share = place / Math.max(1, slots.length);
  return (
    <span
      aria-hidden="true"
      className={classes(styles.pointed, share > 0.8 && styles.left, share < 0.2 && styles.right)}
      style={{ insetInlineStart: `${share * 100}%` }}
    >
      <strong>{slot ? weekdayMoment(slot.at) : "Now"}</strong>
      {happened(slot) && <span>{happened(slot)}</span>}
    </span>
  );
}

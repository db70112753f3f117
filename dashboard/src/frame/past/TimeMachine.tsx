/** The bar that goes back to any past slot; the slot stands in the URL, and every page shows it. */

import { useQuery } from "@tanstack/react-query";
import {
  ChevronLeft,
  ChevronRight,
  ChevronsLeft,
  ChevronsRight,
  History,
  Pause,
  Play,
  X,
} from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import { overviewQuery } from "@/api/shared";
import { Button, IconButton } from "@/design/Button";
import { Segments } from "@/design/Field";
import { Failure, Skeleton } from "@/design/States";
import { isZone } from "@/design/zones";
import { useAt } from "../at";
import {
  begins,
  type Days,
  dayFrom,
  dayStarts,
  type KnownSlot,
  knownSlotsQuery,
  placeOf,
} from "./slots";
import styles from "./TimeMachine.module.css";
import { happened, Track } from "./Track";
import { usePlay } from "./usePlay";
import { useSteering } from "./useSteering";
import { When } from "./When";

const SPANS = [
  ["3", "3 d"],
  ["21", "3 w"],
  ["92", "3 m"],
] as const;

const NONE: readonly KnownSlot[] = [];

export default function TimeMachine({ onClose }: { onClose: () => void }) {
  const at = useAt();
  const [days, setDays] = useState<Days>(21);
  const [opened] = useState(Date.now);
  const known = useQuery(knownSlotsQuery(begins(days, at, opened)));
  const markets = useQuery(overviewQuery(at)).data?.markets ?? [];
  const zones = [...new Set(markets.map((market) => market.time_zone))].filter(isZone);
  // Sessions are days of the exchange; of several the viewer's days divide the track.
  const zone = zones.length === 1 ? (zones[0] ?? null) : null;
  const slots = known.data ?? NONE;
  const marks = useMemo(() => dayStarts(slots, zone), [slots, zone]);

  const { wanted, steer } = useSteering();
  const count = slots.length;
  const place = wanted === null ? count : placeOf(slots, wanted);
  const go = (next: number) => steer(slots[Math.max(0, next)]?.at ?? null);
  const step = () => {
    go(place + 1);
    return place + 1 < count;
  };
  const [plays, setPlays] = usePlay(step);
  const byHand = (next: number) => {
    setPlays(false);
    go(next);
  };
  const leave = () => {
    setPlays(false);
    steer(null);
  };
  const close = () => {
    leave();
    onClose();
  };
  const leaveByKey = (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
  };
  if (known.isError && !known.data) {
    return (
      <section className={styles.bar} aria-label="Time machine">
        <Failure error={known.error} retry={() => void known.refetch()} />
        <IconButton label="Close the time machine" icon={X} onClick={close} />
      </section>
    );
  }
  const isPast = wanted !== null;
  return (
    <section
      className={styles.bar}
      data-past={isPast}
      aria-label="Time machine"
      onKeyDown={leaveByKey}
    >
      <div className={styles.when}>
        <History aria-hidden="true" size={16} className={styles.icon} />
        <When at={wanted} zones={zones} told={isPast ? happened(slots[place]) : ""} />
      </div>
      <div className={styles.legend} aria-hidden="true">
        <span>action changed</span>
        <span>alert fired</span>
      </div>
      <div className={styles.steps}>
        <IconButton
          label="A day back"
          icon={ChevronsLeft}
          className={styles.day}
          disabled={place === 0}
          onClick={() => byHand(dayFrom(marks, count, place, -1))}
        />
        <IconButton
          label="A slot back"
          icon={ChevronLeft}
          disabled={place === 0}
          onClick={() => byHand(place - 1)}
        />
        <IconButton
          label={plays ? "Pause" : "Play up to now, a slot a second"}
          icon={plays ? Pause : Play}
          disabled={!isPast}
          onClick={() => setPlays(!plays)}
        />
        <IconButton
          label="A slot on"
          icon={ChevronRight}
          disabled={!isPast}
          onClick={() => byHand(place + 1)}
        />
        <IconButton
          label="A day on"
          icon={ChevronsRight}
          className={styles.day}
          disabled={!isPast}
          onClick={() => byHand(dayFrom(marks, count, place, 1))}
        />
      </div>
      <div className={styles.track}>
        {known.data && count > 0 && (
          <Track slots={slots} days={marks} place={place} onPlace={byHand} />
        )}
        {known.data && count === 0 && (
          <p className={styles.none}>
            There is no signal of these days yet; run a tick or a backfill, or look farther back.
          </p>
        )}
        {known.isPending && <Skeleton height={40} />}
      </div>
      <div className={styles.spans}>
        <Segments
          label="How far back"
          value={String(days) as `${Days}`}
          choices={SPANS}
          onChoose={(chosen) => setDays(Number(chosen) as Days)}
        />
      </div>
      <div className={styles.leave}>
        <Button disabled={!isPast} className={styles.now} onClick={leave}>
          Back to now
        </Button>
        <IconButton label="Close the time machine" icon={X} onClick={close} />
      </div>
    </section>
  );
}

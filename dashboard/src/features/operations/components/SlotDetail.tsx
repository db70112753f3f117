/** What an asset did for one slot, and why something lacks. */

import { Play } from "lucide-react";
import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { count, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { useToldIfGone } from "@/design/useToldIfGone";
import { AtLink } from "@/frame/AtLink";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { useTick } from "../api";
import { type Cell, type CellState, meaning } from "../slotGrid";
import styles from "./SlotDetail.module.css";

export const TONES: Record<CellState, Tone> = {
  done: "good",
  partial: "warn",
  closed: "plain",
  missing: "critical",
  unrecorded: "plain",
  ahead: "plain",
};

interface SlotDetailProps {
  cell: Cell;
  onFollow: (runIds: readonly string[]) => void;
}

export function SlotDetail({ cell, onFollow }: SlotDetailProps) {
  const { slot } = cell;
  const reasons = Object.entries(slot?.reasons ?? {});
  const fallbacks = Object.entries(slot?.fallbacks ?? {});
  return (
    <section className={styles.detail} aria-label="The chosen slot">
      <header className={styles.head}>
        <h3 className={styles.name}>{words(cell.asset)}</h3>
        <Instant at={cell.slotAt} />
        <Badge tone={TONES[cell.state]}>{cell.state}</Badge>
        {slot && (
          <span className={styles.soft}>
            {count(slot.rows)}
            {slot.expected !== null && ` of ${count(slot.expected)}`} rows,{" "}
            {slot.live ? "live" : "backfilled"}, inputs read <Instant at={slot.cutoff_at} />,
            written <Instant at={slot.updated_at} /> by its{" "}
            <AtLink to={`/operations/runs/${slot.run_id}`} className={styles.link}>
              run
            </AtLink>
          </span>
        )}
        {(cell.state === "partial" || cell.state === "missing") && (
          <RunSlot slotAt={cell.slotAt} onFollow={onFollow} />
        )}
      </header>
      {reasons.length === 0 && <p className={styles.soft}>{meaning(cell)}</p>}
      {reasons.length > 0 && (
        <ul className={styles.reasons}>
          {reasons.map(([who, why]) => (
            <li key={who}>
              <strong>{who}</strong> {why}
            </li>
          ))}
        </ul>
      )}
      {fallbacks.length > 0 && (
        <ul className={styles.reasons}>
          {fallbacks.map(([symbol, { provider, because }]) => (
            <li key={symbol}>
              <strong>{symbol}</strong> by {provider}, because {because}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function RunSlot({ slotAt, onFollow }: { slotAt: string } & Pick<SlotDetailProps, "onFollow">) {
  const why = useWhyNoEdit();
  const toldIfGone = useToldIfGone();
  const tick = useTick();
  // A promise, since another slot may be chosen meanwhile.
  const ask = () =>
    void tick.mutateAsync(slotAt).then(({ run_id }) => onFollow([run_id]), toldIfGone);
  return (
    <span className={styles.act}>
      {tick.error && (
        <span role="alert" className={styles.wrong}>
          {tick.error.message}
        </span>
      )}
      <Button
        icon={Play}
        disabled={why !== null || tick.isPending}
        title={why ?? "Asks for the run of this slot"}
        onClick={ask}
      >
        Run this slot
      </Button>
    </span>
  );
}

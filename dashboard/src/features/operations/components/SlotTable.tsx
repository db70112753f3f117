/** The same slots as rows, for who cannot see the grid, and for copying. */

import { Badge } from "@/design/Badge";
import { SelectField } from "@/design/Field";
import { count, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Empty } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { useParamsHeld } from "@/frame/params";
import type { SlotShown } from "../api";
import styles from "./lists.module.css";
import { TONES } from "./SlotDetail";

const STATES = ["done", "partial", "closed"] as const;

const COLUMNS: readonly Column<SlotShown>[] = [
  { key: "slot", head: "Slot", cell: (slot) => <Instant at={slot.slot_at} /> },
  { key: "asset", head: "Asset", cell: (slot) => words(slot.asset) },
  {
    key: "state",
    head: "State",
    cell: (slot) => <Badge tone={TONES[slot.state]}>{slot.state}</Badge>,
  },
  {
    key: "rows",
    head: "Rows",
    number: true,
    cell: (slot) =>
      slot.expected === null ? count(slot.rows) : `${count(slot.rows)} of ${count(slot.expected)}`,
  },
  { key: "reason", head: "What lacks, and why", cell: reasonsTold },
  { key: "live", head: "Kind", wide: true, cell: (slot) => (slot.live ? "live" : "backfilled") },
  {
    key: "run",
    head: "Run",
    wide: true,
    cell: (slot) => (
      <AtLink to={`/operations/runs/${slot.run_id}`} className={styles.link}>
        {slot.run_id.slice(0, 8)}
      </AtLink>
    ),
  },
];

function reasonsTold(slot: SlotShown) {
  const reasons = Object.entries(slot.reasons).map(([who, why]) => `${who}: ${why}`);
  const others = Object.entries(slot.fallbacks).map(
    ([symbol, { provider, because }]) => `${symbol} by ${provider}: ${because}`,
  );
  return [...reasons, ...others].join("; ") || "–";
}

export function SlotTable({ slots }: { slots: readonly SlotShown[] }) {
  const [search, choose] = useParamsHeld<"state">();
  const state = search.get("state") ?? "";
  const rows = slots
    .filter((slot) => state === "" || slot.state === state)
    .sort((a, b) => b.slot_at.localeCompare(a.slot_at) || a.asset.localeCompare(b.asset));
  return (
    <>
      <div className={styles.filters}>
        <SelectField
          label="State"
          value={state}
          onChange={(event) => choose({ state: event.target.value })}
        >
          <option value="">Any</option>
          {STATES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </SelectField>
      </div>
      {rows.length === 0 ? (
        <Empty title="No such slot is recorded in these days.">Choose another state.</Empty>
      ) : (
        <div className={styles.scroll}>
          <Table
            caption="Slots and what each asset did for them"
            columns={COLUMNS}
            rows={rows}
            rowKey={(slot) => `${slot.asset} ${slot.slot_at}`}
          />
        </div>
      )}
    </>
  );
}

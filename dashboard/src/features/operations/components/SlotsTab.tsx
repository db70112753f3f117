/** What was done of what was due: freshness, the grid of slots, what lacks, and asking for runs. */

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { Segments } from "@/design/Field";
import { useNow } from "@/design/now";
import { Panel } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { useAt } from "@/frame/at";
import { useParamsHeld } from "@/frame/params";
import { freshnessQuery, slotsQuery } from "../api";
import { gridOf, newestDue } from "../slotGrid";
import { AskForRuns } from "./AskForRuns";
import { FreshnessCards } from "./FreshnessCards";
import { Fallbacks, LackingList } from "./Lacking";
import { SlotGrid } from "./SlotGrid";
import styles from "./SlotsTab.module.css";
import { SlotTable } from "./SlotTable";

const DAYS = ["3", "7"] as const;
type Days = (typeof DAYS)[number];

export function SlotsTab() {
  const at = useAt();
  const [search, choose] = useParamsHeld<"days" | "view">();
  const days: Days = search.get("days") === "7" ? "7" : "3";
  const asTable = search.get("view") === "table";
  const freshness = useQuery(freshnessQuery);
  const slots = useQuery(slotsQuery(Number(days), at));
  const now = useNow();
  const [followed, setFollowed] = useState<readonly string[]>([]);
  const follow = (runIds: readonly string[]) =>
    setFollowed((before) => [...new Set([...runIds, ...before])].slice(0, 12));
  const nextTickAt = freshness.data?.next_tick_at;
  // In steps of half an hour, so that the grid is not made anew at every beat.
  const end = at ?? (nextTickAt ? newestDue(nextTickAt).toISOString() : halfHour(now));
  const grid = useMemo(
    () => (slots.data ? gridOf(slots.data, Number(days), new Date(end), freshness.data) : []),
    [slots.data, days, end, freshness.data],
  );
  return (
    <div className={styles.tab}>
      <Answer query={freshness} skeleton={<Skeleton height={104} />}>
        {(told) => <FreshnessCards freshness={told} />}
      </Answer>
      <Panel
        title="Slots"
        flush
        note="A row is an asset’s UTC day, as its runs are divided; a cell is a slot. Arrows go from cell to cell."
        aside={
          <>
            <Segments
              label="How many days"
              value={days}
              choices={DAYS.map((one) => [one, `${one} days`] as const)}
              onChoose={(chosen) => choose({ days: chosen === "3" ? null : chosen })}
            />
            <Segments
              label="Shown as"
              value={asTable ? "table" : "grid"}
              choices={[
                ["grid", "Grid"],
                ["table", "Table"],
              ]}
              onChoose={(chosen) => choose({ view: chosen === "grid" ? null : chosen })}
            />
          </>
        }
      >
        <Answer query={slots} skeleton={<Skeleton height={420} />}>
          {(told) =>
            asTable ? <SlotTable slots={told} /> : <SlotGrid days={grid} onFollow={follow} />
          }
        </Answer>
      </Panel>
      <div className={styles.columns}>
        <div className={styles.stack}>
          <Panel title="What lacks" note="Over the last day, what lacks most often first." flush>
            <Answer query={freshness} skeleton={<Skeleton height={120} />}>
              {(told) => <LackingList lacking={told.lacking} />}
            </Answer>
          </Panel>
          <Panel title="Fallbacks" note="Rows of another provider than the preferred one." flush>
            <Answer query={freshness} skeleton={<Skeleton height={120} />}>
              {(told) => <Fallbacks fallbacks={told.fallbacks} />}
            </Answer>
          </Panel>
        </div>
        <AskForRuns
          followed={followed}
          onFollow={follow}
          missingDays={freshness.data?.missing_days ?? []}
        />
      </div>
    </div>
  );
}

const SLOT_MS = 30 * 60_000;

function halfHour(now: Date): string {
  return new Date(Math.floor(now.getTime() / SLOT_MS) * SLOT_MS).toISOString();
}

/** When a rule would have fired, a square a day and symbol. */

import { ChartFrame } from "@/charts/ChartFrame";
import { classes } from "@/design/classes";
import { day, duration } from "@/design/format";
import { Instant } from "@/design/Instant";
import { useNow } from "@/design/now";
import type { Column } from "@/design/Table";
import type { Firing } from "../api";
import { firingGrid } from "../firings";
import styles from "./FiringGrid.module.css";

const MOST_ROWS = 14;
const ROW_PX = 18;
const TOTALS_PX = 64;
const AXIS_PX = 20;

const lasted = ({ started_at, ended_at }: Firing) =>
  ended_at === null ? "goes on" : duration((Date.parse(ended_at) - Date.parse(started_at)) / 1000);

const COLUMNS: readonly Column<Firing>[] = [
  { key: "at", head: "Fired", cell: (one) => <Instant at={one.started_at} /> },
  { key: "about", head: "About", cell: (one) => one.subject },
  { key: "why", head: "Why", cell: (one) => one.reason },
  { key: "lasted", head: "Lasted", number: true, cell: lasted },
];

export function FiringGrid({ firings, days }: { firings: readonly Firing[]; days: number }) {
  const grid = firingGrid(firings, days, useNow());
  const rows = grid.rows.slice(0, MOST_ROWS);
  const hidden = grid.rows.length - rows.length;
  const most = Math.max(...grid.totals, 1);
  const first = grid.days[0];
  return (
    <>
      <ChartFrame
        label={`When it would have fired in the last ${days} days, by symbol`}
        height={TOTALS_PX + AXIS_PX + rows.length * ROW_PX}
        columns={COLUMNS}
        rows={firings.toReversed()}
        rowKey={(one) => `${one.subject} ${one.started_at}`}
      >
        <div className={styles.grid} aria-hidden="true">
          <div className={styles.line} style={{ height: TOTALS_PX }}>
            <span className={styles.subject}>A day</span>
            <span className={styles.days}>
              {grid.totals.map((total, place) => (
                <i
                  key={grid.days[place]?.getTime()}
                  className={styles.bar}
                  style={{ height: total === 0 ? 2 : `${(total / most) * 100}%` }}
                  title={`${total} on ${named(grid.days[place])}`}
                />
              ))}
            </span>
            <span className={styles.total}>{firings.length}</span>
          </div>
          {rows.map((row) => (
            <div key={row.subject} className={styles.line} style={{ height: ROW_PX }}>
              <span className={styles.subject}>{row.subject}</span>
              <span className={styles.days}>
                {row.counts.map((count, place) => (
                  <i
                    key={grid.days[place]?.getTime()}
                    className={classes(styles.cell, styles[`times${Math.min(count, 3)}`])}
                    title={`${row.subject}: ${count} on ${named(grid.days[place])}`}
                  />
                ))}
              </span>
              <span className={styles.total}>{row.total}</span>
            </div>
          ))}
          <div className={styles.line} style={{ height: AXIS_PX }}>
            <span />
            <span className={styles.axis}>
              <span>{named(first)}</span>
              <span>today</span>
            </span>
            <span />
          </div>
        </div>
      </ChartFrame>
      {hidden > 0 && (
        <p className={styles.more}>
          And {hidden} {hidden === 1 ? "symbol" : "symbols"} that would fire less often.
        </p>
      )}
    </>
  );
}

function named(when: Date | undefined): string {
  return when === undefined ? "" : day(when);
}

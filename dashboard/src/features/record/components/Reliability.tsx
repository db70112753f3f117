/** Whether articles’ scores, read as probabilities, came true: what they said and what happened. */

import { share } from "@/design/format";
import { Panel } from "@/design/Panel";
import { type Column, Table } from "@/design/Table";
import type { Calibration } from "../api";
import styles from "./Record.module.css";

const SIZE = 200;
type Step = Calibration["reliability"][number];

const COLUMNS: readonly Column<Step>[] = [
  { key: "scores", head: "Scores", cell: (one) => `${one.low} to ${one.high}` },
  {
    key: "said",
    head: "Said it rises",
    number: true,
    cell: (one) => share(one.mean_probability),
  },
  {
    key: "rose",
    head: "It rose",
    number: true,
    cell: (one) => (one.rose.count ? share(one.rose.hits / one.rose.count) : "–"),
  },
  {
    key: "interval",
    head: "Interval",
    number: true,
    cell: (one) =>
      one.rose.low == null ? "too few" : `${share(one.rose.low)}–${share(one.rose.high)}`,
  },
  { key: "count", head: "Articles", number: true, cell: (one) => one.rose.count },
];

export function Reliability({ of, horizon }: { of: Calibration; horizon: string }) {
  const better = of.brier != null && of.brier_of_base != null && of.brier < of.brier_of_base;
  return (
    <Panel
      title={`${of.group}, after ${horizon}`}
      note={
        of.brier == null || of.brier_of_base == null
          ? "Too few articles for a number."
          : `Brier score ${of.brier.toFixed(4)}; the base rate alone, without any article, has ${of.brier_of_base.toFixed(4)}. ${better ? "The scores say more than it." : "The scores say no more than it."}`
      }
    >
      <div className={styles.calibrated}>
        <Diagram steps={of.reliability} label={`Reliability of ${of.group} after ${horizon}`} />
        <Table
          caption={`Reliability of ${of.group} after ${horizon}`}
          columns={COLUMNS}
          rows={of.reliability}
          rowKey={(one) => one.low}
        />
      </div>
    </Panel>
  );
}

function Diagram({ steps, label }: { steps: readonly Step[]; label: string }) {
  const y = (value: number) => SIZE - value * SIZE;
  return (
    <svg className={styles.reliability} viewBox="-26 -6 236 236" role="img" aria-label={label}>
      <rect className={styles.frame} width={SIZE} height={SIZE} />
      <line className={styles.diagonal} x1="0" y1={SIZE} x2={SIZE} y2="0" />
      {steps.map(({ low, mean_probability: said, rose }) =>
        said == null || rose.count === 0 ? null : (
          <g key={low}>
            {rose.low != null && rose.high != null && (
              <line
                className={styles.whisker}
                x1={said * SIZE}
                x2={said * SIZE}
                y1={y(rose.low)}
                y2={y(rose.high)}
              />
            )}
            <circle className={styles.dot} cx={said * SIZE} cy={y(rose.hits / rose.count)} r="4" />
          </g>
        ),
      )}
      {[0, 0.5, 1].map((value) => (
        <g key={value} className={styles.axis}>
          <text x={value * SIZE} y={SIZE + 14} textAnchor="middle">
            {share(value)}
          </text>
          <text x="-4" y={y(value) + 3} textAnchor="end">
            {share(value)}
          </text>
        </g>
      ))}
      <text className={styles.axis} x={SIZE / 2} y={SIZE + 26} textAnchor="middle">
        what the scores said → how often it rose ↑
      </text>
    </svg>
  );
}

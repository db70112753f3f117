/** One horizon of one strategy: hits, the score's coefficient, returns by fifth and by action. */

import { signed, words } from "@/design/format";
import { Panel } from "@/design/Panel";
import { type Column, Table } from "@/design/Table";
import type { Bucket, Estimate, Horizon } from "../api";
import { RateBar } from "./RateBar";
import styles from "./Record.module.css";

function Verdict({ estimate }: { estimate: Estimate }) {
  const found = estimate.verdict === "effect found";
  return <span className={found ? styles.found : styles.none}>{estimate.verdict}</span>;
}

const BUCKETS: readonly Column<Bucket>[] = [
  { key: "name", head: "Group", cell: (one) => words(one.name) },
  { key: "count", head: "Outcomes", number: true, cell: (one) => one.count },
  {
    key: "score",
    head: "Mean score",
    number: true,
    cell: (one) => signed(one.mean_score),
    wide: true,
  },
  { key: "return", head: "Return %", number: true, cell: (one) => signed(one.return_pct.mean, 3) },
  { key: "t", head: "t", number: true, cell: (one) => signed(one.return_pct.t, 1), wide: true },
  { key: "verdict", head: "Says", cell: (one) => <Verdict estimate={one.return_pct} /> },
];

interface Named {
  name: string;
  estimate: Estimate;
}

const COEFFICIENTS: readonly Column<Named>[] = [
  { key: "name", head: "Component", cell: (one) => words(one.name) },
  { key: "mean", head: "Coefficient", number: true, cell: (one) => signed(one.estimate.mean, 3) },
  { key: "t", head: "t", number: true, cell: (one) => signed(one.estimate.t, 1) },
  { key: "n", head: "Windows", number: true, cell: (one) => one.estimate.independent, wide: true },
  { key: "verdict", head: "Says", cell: (one) => <Verdict estimate={one.estimate} /> },
];

export function HorizonPanel({ horizon }: { horizon: Horizon }) {
  const components = Object.entries(horizon.components).map(([name, estimate]) => ({
    name,
    estimate,
  }));
  const lack = Object.values(horizon.without).reduce((sum, count) => sum + count, 0);
  return (
    <Panel
      title={`After ${horizon.horizon}`}
      note={`${horizon.count} outcomes, ${horizon.waiting} wait for their bars, ${lack} lack one. Ranked ${horizon.ranked}.`}
    >
      <div className={styles.rates}>
        <RateBar rate={horizon.sign} label="The score’s sign" />
        <RateBar rate={horizon.buys} label="Buys" />
        <RateBar rate={horizon.sells} label="Sells" />
        {horizon.rules.map((rule) => (
          <RateBar key={rule.name} rate={rule.hit_rate} label={`To compare: ${words(rule.name)}`} />
        ))}
      </div>
      <div className={styles.tables}>
        <div>
          <h3>Does the score order what comes after?</h3>
          <Table
            caption={`Information coefficients after ${horizon.horizon}`}
            columns={COEFFICIENTS}
            rows={[{ name: "the score", estimate: horizon.score }, ...components]}
            rowKey={(one) => one.name}
          />
        </div>
        <div>
          <h3>What followed, by score and by action</h3>
          <Table
            caption={`Mean returns after ${horizon.horizon}`}
            columns={BUCKETS}
            rows={[...horizon.fifths, ...horizon.actions]}
            rowKey={(one) => one.name}
          />
        </div>
      </div>
    </Panel>
  );
}

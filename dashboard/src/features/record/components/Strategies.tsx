/** The strategies side by side, and why outcomes lack. */

import { count, share } from "@/design/format";
import { Panel } from "@/design/Panel";
import { type Column, Table } from "@/design/Table";
import type { Horizon, Strategy } from "../api";
import { after, EDGES, edgeOf, interval, rangeOf, tooFew } from "../figures";
import { Explain } from "./Explain";
import { Few } from "./Rules";
import styles from "./Strategies.module.css";

interface StrategiesProps {
  strategies: readonly Strategy[];
  chosen: string;
  onChoose: (strategy: string) => void;
}

export function Strategies({ strategies, chosen, onChoose }: StrategiesProps) {
  const horizons = [
    ...new Set(strategies.flatMap((one) => one.horizons.map(({ horizon }) => horizon))),
  ];
  const columns: Column<Strategy>[] = [
    {
      key: "strategy",
      head: "strategy",
      cell: ({ strategy }) => (
        <button
          type="button"
          className={styles.name}
          aria-pressed={strategy === chosen}
          onClick={() => onChoose(strategy)}
        >
          {strategy}
        </button>
      ),
    },
    { key: "signals", head: "signals", number: true, cell: (one) => count(one.signals) },
    {
      key: "turnover",
      head: "turnover",
      number: true,
      cell: (one) => share(one.turnover, 1),
    },
    ...horizons.map(
      (name): Column<Strategy> => ({
        key: name,
        head: after(name),
        number: true,
        cell: (one) => <Hits horizon={one.horizons.find(({ horizon }) => horizon === name)} />,
      }),
    ),
  ];
  return (
    <Panel
      title="Strategies side by side"
      aside={
        <>
          <Explain what="turnover" />
          <Explain what="hits" />
        </>
      }
      note="Hit rates of the score’s sign with their 95 % intervals."
      flush
    >
      <Table
        caption="Hit rates by strategy and horizon"
        columns={columns}
        rows={strategies}
        rowKey={(one) => one.strategy}
      />
    </Panel>
  );
}

function Hits({ horizon }: { horizon: Horizon | undefined }) {
  if (!horizon) return <Few text="not judged" />;
  const range = rangeOf(horizon.sign);
  if (!range) return <Few text={tooFew(horizon.sign.windows)} />;
  return (
    <span className={styles.hits}>
      {interval(range)}
      <Few text={`${EDGES[edgeOf(horizon)]}, ${count(horizon.sign.count)} outcomes`} />
    </span>
  );
}

/** How many outcomes wait or lack, and why. */
export function Lacking({ strategy }: { strategy: Strategy }) {
  const columns: Column<Horizon>[] = [
    { key: "after", head: "after", cell: ({ horizon }) => horizon },
    { key: "count", head: "settled", number: true, cell: (one) => count(one.count) },
    { key: "waiting", head: "wait", number: true, cell: (one) => count(one.waiting) },
    {
      key: "lack",
      head: "lack, and why",
      cell: ({ without }) => {
        const reasons = Object.entries(without);
        if (reasons.length === 0) return "none";
        return reasons.map(([why, many]) => `${count(many)}: ${why}`).join("; ");
      },
    },
  ];
  return (
    <Panel title="Outcomes that wait or lack" aside={<Explain what="missing" />} flush>
      <Table
        caption="Settled, waiting and lacking by horizon"
        columns={columns}
        rows={strategy.horizons}
        rowKey={(one) => one.horizon}
      />
    </Panel>
  );
}

/** Sentiment by model and by outlet: hits, and the Brier score beside that of the base rate. */

import { Badge } from "@/design/Badge";
import { count } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Empty } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import type { Calibration, Review } from "../api";
import { after, interval, rangeOf, tooFew } from "../figures";
import { Explain } from "./Explain";
import { Few } from "./Rules";
import styles from "./Strategies.module.css";

interface CalibrationsProps {
  figures: Review["sentiment"][number] | undefined;
  horizon: string;
  chosen: string | null;
  onChoose: (group: string) => void;
}

export function Calibrations({ figures, horizon, chosen, onChoose }: CalibrationsProps) {
  const models = figures?.models ?? [];
  const lines = [...models, ...(figures?.outlets ?? [])];
  const shown = lines.find((one) => one.group === chosen) ?? models[0];
  const columns: Column<Calibration>[] = [
    {
      key: "group",
      head: "model or outlet",
      cell: (one) => (
        <button
          type="button"
          className={styles.name}
          aria-pressed={one === shown}
          title="Show its reliability above"
          onClick={() => onChoose(one.group)}
        >
          {one.group}
        </button>
      ),
    },
    {
      key: "kind",
      head: "kind",
      wide: true,
      cell: (one) => (models.includes(one) ? <Badge tone="accent">model</Badge> : "outlet"),
    },
    { key: "count", head: "scores", number: true, cell: (one) => count(one.hit_rate.count) },
    {
      key: "hits",
      head: "hit rate, 95 %",
      number: true,
      cell: ({ hit_rate }) => {
        const range = rangeOf(hit_rate);
        return range ? interval(range) : <Few text={tooFew(hit_rate.windows)} />;
      },
    },
    {
      key: "brier",
      head: (
        <>
          Brier <Explain what="brier" />
        </>
      ),
      number: true,
      cell: (one) => (rangeOf(one.rose) && one.brier !== null ? one.brier.toFixed(3) : "–"),
    },
    {
      key: "base",
      head: "of the base rate",
      number: true,
      wide: true,
      cell: ({ rose, brier_of_base: base }) =>
        rangeOf(rose) && base !== null ? base.toFixed(3) : "–",
    },
  ];
  return (
    <Panel
      title="Sentiment by model and outlet"
      note={`Of each article’s score, ${after(horizon)} it was known. A name shows its reliability above.`}
      flush={lines.length > 0}
    >
      {lines.length === 0 ? (
        <Empty title="No scores yet" />
      ) : (
        <Table
          caption={`Calibration ${after(horizon)}`}
          columns={columns}
          rows={lines}
          rowKey={(one) => `${models.includes(one)} ${one.group}`}
        />
      )}
    </Panel>
  );
}

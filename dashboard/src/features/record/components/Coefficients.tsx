/** Did the score, and each component, rank the symbols as the market then did? */

import { Badge, type Tone } from "@/design/Badge";
import { signed, words } from "@/design/format";
import { Panel } from "@/design/Panel";
import { type Column, Table } from "@/design/Table";
import type { Estimate, Horizon } from "../api";
import { after, coefficient, spanOf, tooFewSlots } from "../figures";
import styles from "./Coefficients.module.css";
import { Explain } from "./Explain";
import { RangeBar, scaleFor } from "./RangeBar";
import { Few } from "./Rules";

const TONES: Record<string, Tone> = { "effect found": "good", "may be chance": "warn" };

export function Verdict({ estimate }: { estimate: Estimate }) {
  if (!spanOf(estimate)) return <Few text={tooFewSlots(estimate)} />;
  return <Badge tone={TONES[estimate.verdict] ?? "plain"}>{estimate.verdict}</Badge>;
}

export function Coefficients({ horizon, looks }: { horizon: Horizon; looks: number }) {
  const lines: [string, Estimate][] = [
    ["the score", horizon.score],
    ...Object.entries(horizon.components).map(([name, one]): [string, Estimate] => [
      words(name),
      one,
    ]),
  ];
  const scale = scaleFor(
    lines.map(([, one]) => spanOf(one)),
    0,
    0.05,
  );
  const columns: Column<[string, Estimate]>[] = [
    {
      key: "name",
      head: "component",
      cell: ([name]) => (
        <span className={name === "the score" ? styles.score : undefined}>{name}</span>
      ),
    },
    {
      key: "bar",
      head: (
        <span className={styles.scale}>
          <span>{signed(scale[0])}</span>
          <span>0</span>
          <span>{signed(scale[1])}</span>
        </span>
      ),
      cell: ([name, one]) => {
        const span = spanOf(one);
        const told = span
          ? `${signed(span.value, 3)}, ${signed(span.low, 3)} to ${signed(span.high, 3)}`
          : "too few";
        return (
          <div className={styles.bar}>
            <RangeBar range={span} scale={scale} middle={0} label={`${name}: ${told}`} />
          </div>
        );
      },
    },
    {
      key: "mean",
      head: "coefficient",
      number: true,
      wide: true,
      cell: ([, one]) => (spanOf(one) ? coefficient(one) : "–"),
    },
    { key: "verdict", head: "verdict", cell: ([, one]) => <Verdict estimate={one} /> },
  ];
  return (
    <Panel
      title="Information coefficient"
      aside={
        <>
          <span className={styles.looks}>{looks} looks</span>
          <Explain what="looks" />
          <Explain what="coefficient" />
        </>
      }
      note={`Ranked ${horizon.ranked}. Of ${looks} looks about ${Math.round(looks / 20)} would seem to find something by chance.`}
      flush
    >
      <Table
        caption={`Information coefficients ${after(horizon.horizon)}`}
        columns={columns}
        rows={lines}
        rowKey={([name]) => name}
      />
    </Panel>
  );
}

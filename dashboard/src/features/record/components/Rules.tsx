/** The strategy's hits beside those of rules that need no skill. */

import { count, share, signed } from "@/design/format";
import { Panel } from "@/design/Panel";
import { type Column, Table } from "@/design/Table";
import type { Estimate, Horizon, Rate } from "../api";
import { after, interval, rangeOf, spanOf, tooFew, tooFewSlots } from "../figures";
import { Explain } from "./Explain";
import { RangeBar, scaleFor } from "./RangeBar";
import styles from "./Rules.module.css";

interface Line {
  name: string;
  rate: Rate;
  return_pct: Estimate | null;
  own: boolean;
}

export function Rules({ horizon }: { horizon: Horizon }) {
  const lines: Line[] = [
    { name: "the score’s sign", rate: horizon.sign, return_pct: null, own: true },
    { name: "buys", rate: horizon.buys, return_pct: null, own: true },
    { name: "sells", rate: horizon.sells, return_pct: null, own: true },
    ...horizon.rules.map(({ name, hit_rate, return_pct }, place) => ({
      name: name.replace("'", "’"),
      rate: hit_rate,
      return_pct,
      own: place === 0,
    })),
  ];
  const scale = scaleFor(
    lines.map((line) => rangeOf(line.rate)),
    0.5,
    0.06,
  );
  const columns: Column<Line>[] = [
    {
      key: "name",
      head: "prediction",
      cell: (line) => <span className={line.own ? styles.own : styles.naive}>{line.name}</span>,
    },
    {
      key: "bar",
      head: <Scale scale={scale} />,
      cell: (line) => <Bar line={line} scale={scale} />,
    },
    {
      key: "interval",
      head: "hit rate, 95 %",
      number: true,
      cell: ({ rate }) => {
        const range = rangeOf(rate);
        return range ? interval(range) : <Few text={tooFew(rate.windows)} />;
      },
    },
    {
      key: "count",
      head: "hits of outcomes",
      number: true,
      wide: true,
      cell: ({ rate }) => `${count(rate.hits)} of ${count(rate.count)}`,
    },
    {
      key: "effective",
      head: (
        <>
          effective <Explain what="effective" />
        </>
      ),
      number: true,
      wide: true,
      cell: ({ rate }) => count(rate.effective),
    },
    {
      key: "return",
      head: "mean return, %",
      number: true,
      wide: true,
      cell: ({ return_pct }) => return_pct && <Mean estimate={return_pct} />,
    },
  ];
  return (
    <Panel
      title={`Hits, ${after(horizon.horizon)}`}
      aside={<Explain what="rules" />}
      note="The strategy first, then rules that need no skill. Ranges that overlap cannot be told apart."
      flush
    >
      <Table
        caption={`Hit rates ${after(horizon.horizon)}`}
        columns={columns}
        rows={lines}
        rowKey={(line) => line.name}
      />
    </Panel>
  );
}

function Scale({ scale }: { scale: readonly [number, number] }) {
  return (
    <span className={styles.scale}>
      <span>{share(scale[0])}</span>
      <span>50 %</span>
      <span>{share(scale[1])}</span>
    </span>
  );
}

function Bar({ line, scale }: { line: Line; scale: readonly [number, number] }) {
  const range = rangeOf(line.rate);
  return (
    <div className={styles.bar}>
      <RangeBar
        range={range}
        scale={scale}
        middle={0.5}
        label={range ? `${line.name}: ${interval(range)}` : `${line.name}: too few`}
      />
    </div>
  );
}

export function Few({ text }: { text: string }) {
  return <span className={styles.few}>{text}</span>;
}

/** A mean return with how surely it is not zero. */
export function Mean({ estimate }: { estimate: Estimate }) {
  if (!spanOf(estimate)) return <Few text={tooFewSlots(estimate)} />;
  return (
    <>
      {signed(estimate.mean, 3)} <Few text={`t ${signed(estimate.t, 1)}`} />
    </>
  );
}

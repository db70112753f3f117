/** Symbol by symbol, in the order that is asked for. */

import { ArrowDown, ArrowUp } from "lucide-react";
import { useMemo, useState } from "react";
import { count } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Empty } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import type { Horizon } from "../api";
import { after, coefficient, interval, rangeOf, spanOf, tooFew } from "../figures";
import { Verdict } from "./Coefficients";
import { Explain } from "./Explain";
import { RangeBar, scaleFor } from "./RangeBar";
import { Few } from "./Rules";
import styles from "./Symbols.module.css";

type Line = Horizon["symbols"][number];
type Key = "symbol" | "hits" | "count" | "coefficient";

/** What a column sorts by; what has no number comes last, whichever way. */
const SORTED: Record<Exclude<Key, "symbol">, (line: Line) => number | null> = {
  hits: (line) => rangeOf(line.hit_rate)?.value ?? null,
  count: (line) => line.hit_rate.count,
  coefficient: (line) => spanOf(line.coefficient)?.value ?? null,
};

function inOrder(lines: readonly Line[], key: Key, down: boolean): Line[] {
  const way = down ? -1 : 1;
  return [...lines].sort((one, other) => {
    const byName = one.symbol.localeCompare(other.symbol);
    if (key === "symbol") return way * byName;
    const [a, b] = [SORTED[key](one), SORTED[key](other)];
    if (a === null || b === null) return a === b ? byName : a === null ? 1 : -1;
    return way * (a - b) || byName;
  });
}

export function Symbols({ horizon }: { horizon: Horizon }) {
  const [{ key, down }, setOrder] = useState<{ key: Key; down: boolean }>({
    key: "symbol",
    down: false,
  });
  const lines = useMemo(() => inOrder(horizon.symbols, key, down), [horizon, key, down]);
  const scale = scaleFor(
    lines.map((line) => rangeOf(line.hit_rate)),
    0.5,
    0.06,
  );
  const head = (name: Key, text: string) => ({
    head: (
      <button
        type="button"
        className={styles.sort}
        onClick={() => setOrder({ key: name, down: key === name ? !down : name !== "symbol" })}
      >
        {text}
        {key === name &&
          (down ? (
            <ArrowDown aria-hidden="true" size={12} />
          ) : (
            <ArrowUp aria-hidden="true" size={12} />
          ))}
      </button>
    ),
    sorted: key === name ? (down ? ("descending" as const) : ("ascending" as const)) : undefined,
  });
  const columns: Column<Line>[] = [
    {
      key: "symbol",
      ...head("symbol", "symbol"),
      cell: ({ symbol }) => (
        <AtLink to={`/symbols/${encodeURIComponent(symbol)}`} className={styles.symbol}>
          {symbol}
        </AtLink>
      ),
    },
    {
      key: "bar",
      head: "against 50 %",
      wide: true,
      cell: ({ symbol, hit_rate }) => {
        const range = rangeOf(hit_rate);
        return (
          <div className={styles.bar}>
            <RangeBar
              range={range}
              scale={scale}
              middle={0.5}
              label={`${symbol}: ${range ? interval(range) : "too few"}`}
            />
          </div>
        );
      },
    },
    {
      key: "hits",
      ...head("hits", "hit rate, 95 %"),
      number: true,
      cell: ({ hit_rate }) => {
        const range = rangeOf(hit_rate);
        return range ? interval(range) : <Few text={tooFew(hit_rate.windows)} />;
      },
    },
    {
      key: "count",
      ...head("count", "outcomes"),
      number: true,
      cell: ({ hit_rate }) => count(hit_rate.count),
    },
    {
      key: "coefficient",
      ...head("coefficient", "coefficient"),
      number: true,
      wide: true,
      cell: ({ coefficient: one }) => (spanOf(one) ? coefficient(one) : "–"),
    },
    {
      key: "verdict",
      head: "verdict",
      wide: true,
      cell: (line) => <Verdict estimate={line.coefficient} />,
    },
  ];
  return (
    <Panel
      title={`By symbol, ${after(horizon.horizon)}`}
      aside={<Explain what="symbols" />}
      flush={lines.length > 0}
    >
      {lines.length === 0 ? (
        <Empty title="No outcomes of any symbol yet" />
      ) : (
        <Table
          caption={`Figures by symbol ${after(horizon.horizon)}`}
          columns={columns}
          rows={lines}
          rowKey={(line) => line.symbol}
        />
      )}
    </Panel>
  );
}

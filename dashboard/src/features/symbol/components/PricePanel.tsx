/** The price, with what became of it under the pointer. */

import type { UseQueryResult } from "@tanstack/react-query";
import { ChartCandlestick } from "lucide-react";
import { lazy } from "react";
import type { Told } from "@/api/client";
import { ChartFrame } from "@/charts/ChartFrame";
import type { PricePicture } from "@/charts/pricePicture";
import { useHovered } from "@/charts/together";
import { Change } from "@/design/Figure";
import { compact, count, price, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import type { Column } from "@/design/Table";
import type { ChartKind } from "../choices";
import { type BarRow, barRows, priceSentence } from "../words";
import styles from "./panels.module.css";

const PriceChart = lazy(() => import("@/charts/PriceChart"));

const COLUMNS: readonly Column<BarRow>[] = [
  { key: "opened", head: "Opened", cell: (row) => <Instant at={row.openedAt} /> },
  { key: "open", head: "Open", number: true, cell: (row) => price(row.open) },
  { key: "high", head: "High", number: true, cell: (row) => price(row.high), wide: true },
  { key: "low", head: "Low", number: true, cell: (row) => price(row.low), wide: true },
  { key: "close", head: "Close", number: true, cell: (row) => price(row.close) },
  { key: "volume", head: "Volume, shares", number: true, cell: (row) => count(row.volume) },
];

interface PricePanelProps {
  query: UseQueryResult<Told<"Bars">, Error>;
  /** Null until there are bars. */
  picture: PricePicture | null;
  kind: ChartKind;
  height: number;
  asked: string;
  onWiden: () => void;
}

export function PricePanel({ query, picture, kind, height, asked, onWiden }: PricePanelProps) {
  const merged = query.data && query.data.bars_per_bucket > 1 ? query.data : null;
  return (
    <Panel
      className={styles.lifted}
      title="Price"
      aside={picture && <BarLegend picture={picture} />}
    >
      <Answer query={query} skeleton={<Skeleton height={height} />}>
        {(bars) =>
          bars.opened_at.length === 0 || !picture ? (
            <div style={{ minHeight: height }}>
              <Empty icon={ChartCandlestick} title="No bars in this range">
                Choose a longer range, or wait for the next tick to collect some.{" "}
                <button type="button" className={styles.inline} onClick={onWiden}>
                  Show all there is
                </button>
              </Empty>
            </div>
          ) : (
            <ChartFrame
              label={priceSentence(bars)}
              height={height}
              columns={COLUMNS}
              rows={barRows(bars).reverse()}
              rowKey={(row) => row.openedAt}
            >
              <PriceChart picture={picture} kind={kind} height={height} asked={asked} />
            </ChartFrame>
          )
        }
      </Answer>
      <p className={styles.foot}>
        <span>
          {merged && `${merged.bars_per_bucket} bars of ${merged.interval} in each. `}
          {query.data && query.data.providers.length > 0
            ? `By ${query.data.providers.join(", ")}; in shares of today.`
            : ""}
        </span>
        <a href="https://www.tradingview.com/" target="_blank" rel="noopener noreferrer">
          TradingView Lightweight Charts™, Copyright (c) 2026 TradingView, Inc.
        </a>
      </p>
    </Panel>
  );
}

/** The bar under the pointer, or the newest. */
function BarLegend({ picture }: { picture: PricePicture }) {
  const hovered = useHovered();
  const { bars, axis } = picture;
  const last = axis.count - 1;
  const bar =
    hovered === null ? last : Math.min(Math.max(Math.round(axis.position(hovered)), 0), last);
  const [open, close] = [bars.open[bar], bars.close[bar]];
  const before = bars.close[bar - 1] ?? open;
  if (open === undefined || close === undefined || before === undefined) return null;
  const mark = picture.actions.find((action) => action.bar === bar);
  const ex = picture.exes.find((one) => one.bar === bar);
  return (
    <p className={styles.legend}>
      {mark && <strong>{words(mark.action)}</strong>}
      {ex && <strong>{ex.label}</strong>}
      <span className={styles.when}>
        <Instant at={bars.opened_at[bar]} as={bars.interval === "1d" ? "day" : "moment"} />
      </span>
      {[
        ["O", price(open)],
        ["H", price(bars.high[bar])],
        ["L", price(bars.low[bar])],
        ["C", price(close)],
        ["V", compact(bars.volume_shares[bar])],
      ].map(([name, value]) => (
        <span key={name} className={styles.pair}>
          <abbr>{name}</abbr> {value}
        </span>
      ))}
      <Change pct={(close / before - 1) * 100} />
    </p>
  );
}

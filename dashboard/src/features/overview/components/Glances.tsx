/** What is followed and wished for: as cards, or as a table. */

import { Filter, ListPlus } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { Button } from "@/design/Button";
import { Empty } from "@/design/States";
import { EditWatched } from "@/features/watchlist/shared";
import type { Overview } from "../api";
import styles from "../OverviewPage.module.css";
import { useGradual } from "../useGradual";
import { useSteadyOrder } from "../useSteadyOrder";
import { chosen, FILTERS, type Part, type Wish } from "../wish";
import { GlanceTable } from "./GlanceTable";
import { type LineProps, MarketCard } from "./MarketCard";
import { OrderNote } from "./OrderNote";
import { Summary } from "./Summary";

interface GlancesProps {
  overview: Overview;
  wish: Wish;
  tags: readonly string[];
  past: boolean;
  onChoose: (choices: Partial<Record<Part, string>>) => void;
}

export function Glances({ overview, wish, tags, past, onChoose }: GlancesProps) {
  const [edited, setEdited] = useState<string | null>(null);
  const edit = useCallback((symbol: string) => setEdited(symbol), []);
  const close = useCallback(() => setEdited(null), []);
  const { symbols, markets } = overview;
  const sorted = useMemo(() => chosen(symbols, wish), [symbols, wish]);
  const names = useMemo(() => sorted.map((glance) => glance.symbol), [sorted]);
  const followed = useMemo(() => new Set(symbols.map((glance) => glance.symbol)), [symbols]);
  const { shown, moved, sortNow, hold } = useSteadyOrder(names, JSON.stringify(wish), (symbol) =>
    followed.has(symbol),
  );
  const drawn = useGradual(symbols, sorted);
  if (symbols.length === 0) return <NothingFollowed past={past} />;
  const zones = new Map(markets.map((market) => [market.mic, market.time_zone]));
  const lines = shown.flatMap((symbol): LineProps[] => {
    const glance = drawn.get(symbol);
    if (!glance) return [];
    return [{ glance, past, zone: zones.get(glance.mic) ?? null, onEdit: edit }];
  });
  return (
    <>
      <Summary overview={overview} past={past} />
      {names.length === 0 && <NothingFound onChoose={onChoose} />}
      <div {...hold}>
        {wish.view === "table" ? (
          lines.length > 0 && <GlanceTable wish={wish} onChoose={onChoose} lines={lines} />
        ) : (
          <ul className={styles.cards} aria-label="Watchlist">
            {lines.map((line) => (
              <MarketCard key={line.glance.symbol} {...line} />
            ))}
          </ul>
        )}
        <OrderNote moved={moved} onSort={sortNow} />
      </div>
      {edited !== null && <EditWatched symbol={edited} tags={tags} onClose={close} />}
    </>
  );
}

function NothingFollowed({ past }: { past: boolean }) {
  if (past) return <Empty icon={ListPlus} title="Nothing was known at this slot." />;
  return (
    <Empty icon={ListPlus} title="Nothing is followed yet.">
      Follow a symbol above, or with <code>fintech watchlist add AAPL</code>; its prices and news
      are collected from the next tick on.
    </Empty>
  );
}

function NothingFound({ onChoose }: Pick<GlancesProps, "onChoose">) {
  const all = Object.fromEntries(FILTERS.map((part) => [part, ""]));
  return (
    <Empty icon={Filter} title="No symbol is like that.">
      <Button onClick={() => onChoose(all)}>Show all symbols</Button>
    </Empty>
  );
}

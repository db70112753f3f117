/** One symbol: its price, what the strategy makes of it, the news behind it, what became of it. */

import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { Problem } from "@/api/problem";
import { overviewQuery } from "@/api/shared";
import { ChartsTogether } from "@/charts/together";
import { AtExchange } from "@/design/Instant";
import { Failure } from "@/design/States";
import { useAt } from "@/frame/at";
import { type PageKey, usePageKeys } from "@/frame/keys";
import { useTitle } from "@/frame/title";
import { type Asked, instrumentQuery, recentSignalsQuery } from "./api";
import { useChoices } from "./choices";
import { Charts } from "./components/Charts";
import { OutcomesPanel } from "./components/OutcomesPanel";
import { SignalsPanel } from "./components/SignalsPanel";
import { SymbolHead } from "./components/SymbolHead";

export default function SymbolPage() {
  const { symbol = "" } = useParams();
  useTitle(symbol);
  const at = useAt();
  const [choices, choose] = useChoices();
  const { strategy } = choices;
  const asked = useMemo<Asked>(() => ({ symbol, at, strategy }), [symbol, at, strategy]);
  const overview = useQuery(overviewQuery(at));
  const instrument = useQuery(instrumentQuery(symbol));
  const recent = useQuery(recentSignalsQuery(asked));
  const step = useStep(symbol);

  const glance = overview.data?.symbols.find((one) => one.symbol === symbol) ?? null;
  const name = glance?.name ?? instrument.data?.name ?? null;
  const mic = glance?.mic ?? instrument.data?.mic;
  const market = overview.data?.markets.find((one) => one.mic === mic) ?? null;
  // None of that name, or a name that no symbol can have: nothing else on the page could tell more.
  if (instrument.error instanceof Problem && [404, 422].includes(instrument.error.status)) {
    return <Failure error={instrument.error} />;
  }
  return (
    <AtExchange zone={market?.time_zone ?? null}>
      <SymbolHead
        symbol={symbol}
        name={name}
        glance={glance}
        market={market}
        signal={recent.data?.items[0] ?? (strategy === null ? (glance?.signal ?? null) : null)}
        onStep={step}
        others={(overview.data?.symbols.length ?? 0) > 1}
      />
      <ChartsTogether key={symbol}>
        <Charts
          asked={asked}
          choices={choices}
          choose={choose}
          market={market}
          pricedAt={glance?.price?.priced_at ?? null}
          ready={!overview.isPending}
        >
          <SignalsPanel asked={asked} query={recent} />
          <OutcomesPanel
            asked={asked}
            backfilled={choices.backfilled}
            onBackfilled={(backfilled) => choose({ outcomes: backfilled ? "backfilled" : null })}
          />
        </Charts>
      </ChartsTogether>
    </AtExchange>
  );
}

/** Goes to the previous or next symbol of the watchlist, also by `[` and `]`. */
function useStep(symbol: string): (step: 1 | -1) => void {
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const symbols = useQuery(overviewQuery(useAt())).data?.symbols;
  const step = useCallback(
    (by: 1 | -1) => {
      if (!symbols || symbols.length === 0) return;
      const here = symbols.findIndex((one) => one.symbol === symbol);
      const next =
        symbols[(Math.max(here, by === 1 ? -1 : 0) + by + symbols.length) % symbols.length];
      if (!next) return;
      const kept = new URLSearchParams(search);
      // A story is of one symbol; all else one wants to see of the next one too.
      kept.delete("story");
      void navigate({
        pathname: `/symbols/${encodeURIComponent(next.symbol)}`,
        search: kept.toString(),
      });
    },
    [symbols, symbol, search, navigate],
  );
  const keys = useMemo<readonly PageKey[]>(
    () => [
      { keys: ["["], does: "The symbol before", act: () => step(-1) },
      { keys: ["]"], does: "The next symbol", act: () => step(1) },
    ],
    [step],
  );
  usePageKeys(keys);
  return step;
}

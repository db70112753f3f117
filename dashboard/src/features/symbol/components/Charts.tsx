/** The stacked charts over one axis of time, their controls, and the articles below. */

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo, useRef } from "react";
import type { Told } from "@/api/client";
import { strategiesQuery } from "@/api/shared";
import { pricePicture } from "@/charts/pricePicture";
import { useWidth } from "@/charts/useWidth";
import { useNow } from "@/design/now";
import { type Asked, barsQuery, exQuery, sentimentQuery, seriesQuery } from "../api";
import { type Choices, pointsFor, spanOf, type useChoices } from "../choices";
import { bandsOf } from "../words";
import { ArticlesPanel } from "./ArticlesPanel";
import styles from "./Charts.module.css";
import { Controls } from "./Controls";
import { PricePanel } from "./PricePanel";
import { ScorePanel } from "./ScorePanel";
import { SentimentPanel } from "./SentimentPanel";

const PHONE = 600;
const NONE: readonly Told<"StrategyShown">[] = [];

interface ChartsProps {
  asked: Asked;
  choices: Choices;
  choose: ReturnType<typeof useChoices>[1];
  market: Told<"Market"> | null;
  /** When its last price was made; null where there is none. */
  pricedAt: string | null;
  /** Whether that is known yet. */
  ready: boolean;
  /** Beside the articles. */
  children: ReactNode;
}

export function Charts({ asked, choices, choose, market, pricedAt, ready, children }: ChartsProps) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const asks = ready && width > 0;
  const neverCloses = !!market?.open && market.closes_at === null;
  const span = useSpan(choices.range, asked.at, pricedAt, neverCloses);
  const strategies = useQuery(strategiesQuery).data ?? NONE;
  const zone = choices.interval === "1d" ? market?.time_zone : undefined;
  const heights = width < PHONE ? { price: 300, below: 170 } : { price: 380, below: 190 };

  const perPoint = choices.chart === "candles" ? 4 : 2;
  const bars = useQuery({
    ...barsQuery(asked, span, choices.interval, pointsFor(width, perPoint)),
    enabled: asks,
  });
  const series = useQuery({ ...seriesQuery(asked, span, pointsFor(width, 4)), enabled: asks });
  const sentiment = useQuery({
    ...sentimentQuery(asked, span, pointsFor(width, 4)),
    enabled: asks,
  });
  const ex = useQuery(exQuery(asked.symbol)).data?.items;

  const picture = useMemo(() => {
    if (!bars.data) return null;
    const until = asked.at === null ? Number.POSITIVE_INFINITY : Date.parse(asked.at);
    const known = (ex ?? []).filter((one) => Date.parse(one.ex_at) <= until);
    return pricePicture(bars.data, series.data, known, zone);
  }, [bars.data, series.data, ex, zone, asked.at]);
  const axis = picture?.axis ?? null;
  const label = series.data?.strategy;
  const bands = useMemo(
    () => bandsOf(strategies.find((strategy) => strategy.label === label)),
    [strategies, label],
  );
  const onStory = useCallback(
    (story: number | null) => choose({ story: story === null ? null : String(story) }),
    [choose],
  );
  const shared = { axis, zone, height: heights.below };
  return (
    <div ref={place} className={styles.charts}>
      <Controls choices={choices} choose={choose} strategies={strategies} />
      <PricePanel
        query={bars}
        picture={picture}
        kind={choices.chart}
        height={heights.price}
        asked={`${choices.range} ${choices.interval} ${bars.data?.bars_per_bucket}`}
        onWiden={() => choose({ range: "all", interval: null })}
      />
      <ScorePanel query={series} bands={bands} {...shared} />
      <SentimentPanel
        query={sentiment}
        interval={series.data?.interval ?? "30m"}
        story={choices.story}
        onStory={onStory}
        {...shared}
      />
      <div className={styles.below}>
        <ArticlesPanel asked={asked} span={span} story={choices.story} onStory={onStory} />
        <div className={styles.charts}>{children}</div>
      </div>
    </div>
  );
}

/** The span of the range; the same object as long as it is the same. */
function useSpan(
  range: Choices["range"],
  at: string | null,
  pricedAt: string | null,
  neverCloses: boolean,
) {
  const now = useNow().getTime();
  const { end, days } = spanOf(range, at, pricedAt, neverCloses, now);
  return useMemo(() => ({ end, days }), [end, days]);
}

/** The sentiment of the news over time, with the articles behind it. */

import type { UseQueryResult } from "@tanstack/react-query";
import { Newspaper } from "lucide-react";
import { lazy, useMemo } from "react";
import type { Told } from "@/api/client";
import type { BarAxis } from "@/charts/axis";
import { ChartFrame } from "@/charts/ChartFrame";
import { signalPosition } from "@/charts/pricePicture";
import type { ArticlePoint, Reading } from "@/charts/SentimentChart";
import { useHovered } from "@/charts/together";
import { Score } from "@/design/Figure";
import { count, share, signed } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import type { Column } from "@/design/Table";
import { rowAt } from "../words";
import styles from "./panels.module.css";

const SentimentChart = lazy(() => import("@/charts/SentimentChart"));

const COLUMNS: readonly Column<ArticlePoint>[] = [
  { key: "known", head: "Known", cell: (point) => <Instant at={point.knownAt} /> },
  { key: "headline", head: "Headline", cell: (point) => point.headline },
  { key: "outlet", head: "Outlet", cell: (point) => point.outlet, wide: true },
  {
    key: "relevance",
    head: "Relevance",
    number: true,
    cell: (point) => share(point.relevance),
    wide: true,
  },
  { key: "score", head: "Score", number: true, cell: (point) => signed(point.score) },
];

interface SlotReading extends Reading {
  slotAt: string;
  articles: number;
  stories: number;
}

interface SentimentPanelProps {
  query: UseQueryResult<Told<"SentimentDrawn">, Error>;
  axis: BarAxis | null;
  interval: string;
  height: number;
  zone: string | undefined;
  story: number | null;
  onStory: (story: number | null) => void;
}

export function SentimentPanel(props: SentimentPanelProps) {
  const { query, axis, interval, height, ...chart } = props;
  const told = query.data;
  const points = useMemo(() => (told && axis ? pointsOf(told.articles, axis) : []), [told, axis]);
  const readings = useMemo(
    () => (told && axis ? readingsOf(told.readings, axis, interval) : []),
    [told, axis, interval],
  );
  return (
    <Panel
      className={styles.lifted}
      title="Sentiment"
      aside={axis && <ReadingLegend readings={readings} axis={axis} />}
    >
      <Answer query={query} skeleton={<Skeleton height={height} />}>
        {({ symbol, articles }) =>
          !axis || axis.count === 0 || (points.length === 0 && readings.length === 0) ? (
            <Empty icon={Newspaper} title="No scored article in this range">
              Choose a longer range to see the news of before.
            </Empty>
          ) : (
            <>
              <ChartFrame
                label={`Sentiment of ${symbol}: ${points.length} articles by their score`}
                height={height}
                columns={COLUMNS}
                rows={[...points].reverse()}
                rowKey={(point) => point.id}
              >
                <SentimentChart {...chart} {...{ axis, points, readings, height }} />
              </ChartFrame>
              <p className={styles.foot}>
                A point an article, as large as it is relevant; the line is what signals read.
                {articles.left_out > 0 &&
                  ` ${count(articles.left_out)} less relevant are not drawn.`}
                {articles.without_score > 0 && ` ${count(articles.without_score)} have no score.`}
              </p>
            </>
          )
        }
      </Answer>
    </Panel>
  );
}

function ReadingLegend({ readings, axis }: { readings: readonly SlotReading[]; axis: BarAxis }) {
  const hovered = useHovered();
  const read = hovered === null ? readings.at(-1) : rowAt(readings, axis.position(hovered));
  if (!read) return null;
  return (
    <p className={styles.legend}>
      <span className={styles.when}>
        <Instant at={read.slotAt} />
      </span>
      <strong>
        <Score value={read.value} digits={3} />
      </strong>
      <span className={styles.name}>
        {count(read.articles)} articles of {count(read.stories)} stories
      </span>
    </p>
  );
}

function pointsOf(articles: Told<"ArticlesDrawn">, axis: BarAxis): ArticlePoint[] {
  return articles.article_id.map((id, n) => {
    const knownAt = articles.known_at[n] ?? "";
    return {
      id,
      knownAt,
      position: axis.position(Date.parse(knownAt)),
      story: articles.story_id[n] ?? 0,
      score: articles.score[n] ?? 0,
      relevance: articles.relevance[n] ?? 0,
      headline: articles.headline[n] ?? "",
      outlet: articles.outlet[n] ?? "",
      label: articles.label[n] ?? "neutral",
    };
  });
}

function readingsOf(
  readings: Told<"ReadingsDrawn">,
  axis: BarAxis,
  interval: string,
): SlotReading[] {
  return readings.slot_at.map((slotAt, n) => ({
    slotAt,
    position: signalPosition(axis, slotAt, interval),
    value: readings.value[n] ?? null,
    articles: readings.articles[n] ?? 0,
    stories: readings.stories[n] ?? 0,
  }));
}

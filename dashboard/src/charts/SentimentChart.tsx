/** The sentiment of the news: a point an article, and what the signals read of them as a line. */

import { useCallback, useMemo, useState } from "react";
import { classes } from "@/design/classes";
import { moment, signed } from "@/design/format";
import type { BarAxis } from "./axis";
import styles from "./Plot.module.css";
import { Drawing, inView, type Plot, PlotFrame, scaleOf, TOP, X_AXIS } from "./plot";
import { linePath, type Scale } from "./stacking";
import type { Pointed } from "./together";

/** An article with a score, at its place on the axis. */
export interface ArticlePoint {
  id: number;
  story: number;
  position: number;
  score: number;
  relevance: number;
  knownAt: string;
  headline: string;
  outlet: string;
  label: string;
}

/** What a signal saw in the news. */
export interface Reading {
  position: number;
  value: number | null;
}

interface Drawn {
  points: readonly ArticlePoint[];
  readings: readonly Reading[];
  /** The story whose articles stand out. */
  story: number | null;
  height: number;
}

interface SentimentChartProps extends Drawn {
  axis: BarAxis;
  zone?: string | undefined;
  onStory: (story: number | null) => void;
}

/** How near the pointer must be. */
const NEAR = 14;
const SHOWN = 3;

export default function SentimentChart({ axis, zone, onStory, ...drawn }: SentimentChartProps) {
  const { points, story, height } = drawn;
  const [near, setNear] = useState<readonly ArticlePoint[]>([]);
  const pointAt = useCallback(
    (pointed: Pointed | null, plot: Plot) => {
      const found = pointed ? nearest(points, pointed, plot, height) : [];
      setNear((before) => (isSame(before, found) ? before : found));
    },
    [points, height],
  );
  const press = useCallback(
    (pointed: Pointed, plot: Plot) => {
      const [first] = nearest(points, pointed, plot, height);
      onStory(first && first.story !== story ? first.story : null);
    },
    [points, height, story, onStory],
  );
  const over = useCallback(
    (plot: Plot) => near.length > 0 && <Tip near={near} plot={plot} height={height} />,
    [near, height],
  );
  return (
    <PlotFrame axis={axis} zone={zone} height={height} pointAt={pointAt} press={press} over={over}>
      {(plot) => <Picture plot={plot} {...drawn} />}
    </PlotFrame>
  );
}

function Picture({ plot, points, readings, story, height }: Drawn & { plot: Plot }) {
  // Drawn anew where something of it has changed, and not when the pointer moves.
  return useMemo(() => {
    const scale = scaleOf(plot, height, 1);
    const end = Math.max(plot.width - plot.axisWidth, 0);
    return (
      <Drawing plot={plot} height={height} most={1}>
        <line className={styles.zero} x2={end} y1={scale.y(0)} y2={scale.y(0)} />
        <path
          className={classes(styles.curve, styles.reading)}
          d={linePath(inView(readings, plot.view), scale, true)}
        />
        {inView(points, plot.view).map((point) => (
          <Point key={point.id} point={point} story={story} scale={scale} />
        ))}
      </Drawing>
    );
  }, [plot, points, readings, story, height]);
}

interface PointProps {
  point: ArticlePoint;
  story: number | null;
  scale: Scale;
}

function Point({ point, story, scale }: PointProps) {
  const chosen = story !== null && point.story === story;
  return (
    <circle
      cx={scale.x(point.position)}
      cy={scale.y(point.score)}
      r={radius(point)}
      className={classes(
        styles.point,
        styles[point.label] ?? styles.neutral,
        chosen && styles.chosen,
        story !== null && !chosen && styles.faded,
      )}
    />
  );
}

function isSame(some: readonly ArticlePoint[], others: readonly ArticlePoint[]): boolean {
  return some.length === others.length && some.every((one, n) => one === others[n]);
}

function radius({ relevance }: ArticlePoint): number {
  return 2.5 + 3.5 * Math.sqrt(relevance);
}

/** In the plot, that is without the margin above it. */
function placeOf(point: ArticlePoint, plot: Plot, height: number): Pointed {
  const { x, y } = scaleOf(plot, height, 1);
  return { x: x(point.position), y: y(point.score) - TOP };
}

/** The articles under the pointer, the nearest first. */
export function nearest(
  points: readonly ArticlePoint[],
  pointed: Pointed,
  plot: Plot,
  height: number,
): ArticlePoint[] {
  return points
    .map((point) => {
      const { x, y } = placeOf(point, plot, height);
      return { point, distance: Math.hypot(x - pointed.x, y - pointed.y) };
    })
    .filter(({ distance }) => distance <= NEAR)
    .sort((a, b) => a.distance - b.distance)
    .map(({ point }) => point);
}

function Tip({
  near,
  plot,
  height,
}: {
  near: readonly ArticlePoint[];
  plot: Plot;
  height: number;
}) {
  const [first] = near;
  if (!first) return null;
  const { x, y } = placeOf(first, plot, height);
  const right = x > (plot.width - plot.axisWidth) / 2;
  const low = y > height / 2;
  return (
    <div
      className={styles.tip}
      style={{
        [right ? "right" : "left"]: right ? plot.width - plot.axisWidth - x + 12 : x + 12,
        [low ? "bottom" : "top"]: low ? height - TOP - X_AXIS - y : y,
      }}
    >
      <ul>
        {near.slice(0, SHOWN).map((point) => (
          <li key={point.id}>
            <strong>{point.headline}</strong>
            <p>
              {signed(point.score)} {point.label} · {point.outlet} · {moment(point.knownAt)}
            </p>
          </li>
        ))}
      </ul>
      {near.length > SHOWN && <p>and {near.length - SHOWN} more</p>}
    </div>
  );
}

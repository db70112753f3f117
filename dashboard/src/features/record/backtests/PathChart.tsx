/** How a backtest went beside holding, and how far below its highest it was; one crosshair. */

import { useMemo } from "react";
import { barAxis } from "@/charts/axis";
import plotted from "@/charts/Plot.module.css";
import { Drawing, inView, type Plot, PlotFrame, scaleOf } from "@/charts/plot";
import { linePath } from "@/charts/stacking";
import { ChartsTogether, useHovered } from "@/charts/together";
import { classes } from "@/design/classes";
import { day, decimal, percent } from "@/design/format";
import type { Backtest } from "./api";
import styles from "./PathChart.module.css";

export const HEIGHT = 240;
export const FALLS_HEIGHT = 110;

type Path = Backtest["path"];

interface PathChartProps {
  path: Path;
  strategy: string;
}

export default function PathChart({ path, strategy }: PathChartProps) {
  // A day reaches from the close before to its own.
  const axis = useMemo(
    () => barAxis([...path.at.slice(0, 1), ...path.at.slice(0, -1)], path.at),
    [path],
  );
  const [least, most] = useMemo(() => around([...path.equity, ...path.benchmark]), [path]);
  const deepest = Math.min(...path.drawdown_pct, -0.1) * 1.05;
  return (
    <ChartsTogether>
      <Reading path={path} strategy={strategy} place={(at) => Math.round(axis.position(at))} />
      <PlotFrame axis={axis} height={HEIGHT}>
        {(plot) => (
          <Lines
            plot={plot}
            height={HEIGHT}
            least={least}
            most={most}
            write={decimal}
            lines={[
              [path.benchmark, styles.held],
              [path.equity, styles.own],
            ]}
          />
        )}
      </PlotFrame>
      <PlotFrame axis={axis} height={FALLS_HEIGHT}>
        {(plot) => (
          <Lines
            plot={plot}
            height={FALLS_HEIGHT}
            least={deepest}
            most={0}
            write={(value) => percent(value, 1)}
            lines={[[path.drawdown_pct, styles.fallen]]}
          />
        )}
      </PlotFrame>
    </ChartsTogether>
  );
}

/** The ends of an axis that holds all, with a little air. */
export function around(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const air = Math.max((high - low) * 0.05, 0.005);
  return [low - air, high + air];
}

interface LinesProps {
  plot: Plot;
  height: number;
  least: number;
  most: number;
  write: (value: number) => string;
  lines: readonly (readonly [readonly number[], string | undefined])[];
}

function Lines({ plot, height, least, most, write, lines }: LinesProps) {
  const scale = scaleOf(plot, height, most, least);
  return (
    <Drawing plot={plot} height={height} most={most} least={least} write={write}>
      {lines.map(([values, kind]) => {
        const points = values.map((value, position) => ({ value, position }));
        return (
          <path
            key={kind}
            className={classes(plotted.curve, kind)}
            d={linePath(inView(points, plot.view), scale)}
          />
        );
      })}
    </Drawing>
  );
}

interface ReadingProps extends PathChartProps {
  place: (at: number) => number;
}

/** The values under the pointer, or the last ones. */
function Reading({ path, strategy, place }: ReadingProps) {
  const hovered = useHovered();
  const last = path.at.length - 1;
  const at = hovered === null ? last : Math.min(Math.max(place(hovered), 0), last);
  const when = path.at[at];
  return (
    <p className={styles.reading}>
      <span className={styles.when}>{when && day(when)}</span>
      <span className={classes(styles.key, styles.own)}>
        {strategy} {decimal(path.equity[at])}
      </span>
      <span className={classes(styles.key, styles.held)}>held {decimal(path.benchmark[at])}</span>
      <span className={classes(styles.key, styles.fallen)}>
        below its highest {percent(path.drawdown_pct[at], 1)}
      </span>
    </p>
  );
}

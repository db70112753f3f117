/** What each component adds to the score, stacked by sign, and the score as a line over it. */

import { useMemo } from "react";
import {
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  XAxis,
  YAxis,
} from "recharts";
import type { BarAxis, View } from "./axis";
import styles from "./Plot.module.css";
import { Clip, inView, type Plot, PlotFrame, scaleOf, TOP, xAxis, yAxis } from "./plot";
import { fillOf, Hatchings } from "./Swatch";
import { limit, stackedPaths } from "./stacking";

/** One signal: its place on the axis, its score, and what each component adds. */
export interface Stacked {
  position: number;
  score: number;
  [component: string]: number | null;
}

/** Where an action begins. */
export interface Band {
  action: string;
  enter: number;
}

interface Drawn {
  components: readonly string[];
  rows: readonly Stacked[];
  bands: readonly Band[];
  height: number;
}

interface ContributionChartProps extends Drawn {
  axis: BarAxis;
  zone?: string | undefined;
}

export default function ContributionChart({ axis, zone, ...drawn }: ContributionChartProps) {
  return (
    <PlotFrame axis={axis} zone={zone} height={drawn.height}>
      {(plot) => <Picture plot={plot} {...drawn} />}
    </PlotFrame>
  );
}

function Picture({ plot, components, rows, bands, height }: Drawn & { plot: Plot }) {
  // Drawn anew where something of it has changed, and not when the pointer moves.
  return useMemo(() => {
    const seen = inView(rows, plot.view);
    const most = limit(rows, components);
    const size = barSize(seen, plot.view, plot.width - plot.axisWidth);
    const paths = stackedPaths(seen, components, scaleOf(plot, height, most), size);
    return (
      <ComposedChart
        data={seen}
        width={plot.width}
        height={height}
        margin={{ top: TOP, right: 0, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <Hatchings components={components} />
        {bands.map(({ action, enter }) => (
          <ReferenceArea
            key={action}
            y1={enter}
            y2={enter < 0 ? -most : most}
            className={enter < 0 ? styles.fallBand : styles.riseBand}
            ifOverflow="hidden"
          />
        ))}
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis {...xAxis(plot)} />
        <YAxis {...yAxis(plot, most)} />
        <Clip plot={plot} height={height}>
          {[...paths].map(([component, path]) => (
            <path key={component} d={path} fill={fillOf(component)} />
          ))}
        </Clip>
        <ReferenceLine y={0} stroke="var(--line-strong)" />
        <Line
          dataKey="score"
          strokeLinejoin="round"
          stroke="var(--ink)"
          strokeWidth={1.75}
          dot={false}
          activeDot={false}
          isAnimationActive={false}
        />
      </ComposedChart>
    );
  }, [plot, components, rows, bands, height]);
}

function barSize(rows: readonly Stacked[], view: View, plotWidth: number): number {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last || rows.length < 2) return 6;
  const share = (last.position - first.position) / (view.to - view.from);
  return Math.min(Math.max((plotWidth * share * 0.72) / (rows.length - 1), 1), 14);
}

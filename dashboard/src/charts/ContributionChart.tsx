/** What each component adds to the score, stacked by sign, and the score as a line over it. */

import { useMemo } from "react";
import type { BarAxis, View } from "./axis";
import styles from "./Plot.module.css";
import { Drawing, inView, type Plot, PlotFrame, scaleOf } from "./plot";
import { fillOf, Hatchings } from "./Swatch";
import { limit, linePath, stackedPaths } from "./stacking";

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
  const most = useMemo(() => limit(rows, components), [rows, components]);
  // Drawn anew where something of it has changed, and not when the pointer moves.
  return useMemo(() => {
    const seen = inView(rows, plot.view);
    const end = Math.max(plot.width - plot.axisWidth, 0);
    const scale = scaleOf(plot, height, most);
    const paths = stackedPaths(seen, components, scale, barSize(seen, plot.view, end));
    const scores = seen.map(({ position, score }) => ({ position, value: score }));
    const under = (
      <>
        <Hatchings components={components} />
        {bands.map(({ action, enter }) => {
          const [top, bottom] = [
            scale.y(enter < 0 ? enter : most),
            scale.y(enter < 0 ? -most : enter),
          ];
          return (
            <rect
              key={action}
              width={end}
              y={top}
              height={Math.max(bottom - top, 0)}
              className={enter < 0 ? styles.fallBand : styles.riseBand}
            />
          );
        })}
      </>
    );
    return (
      <Drawing plot={plot} height={height} most={most} under={under}>
        {[...paths].map(([component, path]) => (
          <path key={component} d={path} fill={fillOf(component)} />
        ))}
        <line className={styles.zero} x2={end} y1={scale.y(0)} y2={scale.y(0)} />
        <path className={styles.curve} d={linePath(scores, scale)} />
      </Drawing>
    );
  }, [plot, components, rows, bands, height, most]);
}

function barSize(rows: readonly Stacked[], view: View, plotWidth: number): number {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last || rows.length < 2) return 6;
  const share = (last.position - first.position) / (view.to - view.from);
  return Math.min(Math.max((plotWidth * share * 0.72) / (rows.length - 1), 1), 14);
}

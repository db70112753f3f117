/** What the charts under the price have in common: their place, their axes, the pointer. */

import { type ReactNode, type RefObject, useCallback, useMemo, useRef } from "react";
import { signed } from "@/design/format";
import { type BarAxis, type Tick, ticksOf, type View, wholeView } from "./axis";
import styles from "./Plot.module.css";
import type { Scale } from "./stacking";
import { CrosshairLine, type Pointed, useAxisWidth, usePointer, useView } from "./together";
import { useWidth } from "./useWidth";

const TICK = { fill: "var(--ink-faint)", fontSize: 11 };
export const X_AXIS = 22;
export const TOP = 8;

/** Where and how large the plot of a chart is. */
export interface Plot {
  view: View;
  /** With the value axis. */
  width: number;
  axisWidth: number;
  ticks: readonly Tick[];
}

interface PlotFrameProps {
  axis: BarAxis;
  height: number;
  zone?: string | undefined;
  pointAt?: (pointed: Pointed | null, plot: Plot) => void;
  press?: (pointed: Pointed, plot: Plot) => void;
  /** Over the plot: a tooltip. */
  over?: (plot: Plot) => ReactNode;
  children: (plot: Plot) => ReactNode;
}

/** A chart on the shared axis, under the shared crosshair. */
export function PlotFrame({ axis, height, zone, children, ...rest }: PlotFrameProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const axisWidth = useAxisWidth();
  const zoomed = useView();
  const plot = useMemo(() => {
    const view = zoomed ?? wholeView(axis.count);
    const ticks = ticksOf(axis, view, Math.floor((width - axisWidth) / 90), zone);
    return { view, width, axisWidth, ticks };
  }, [axis, zone, width, axisWidth, zoomed]);
  return (
    <div ref={frame} className={styles.frame} style={{ height }} aria-hidden="true">
      {width > 0 && (
        <>
          {children(plot)}
          <Glass axis={axis} plot={plot} {...rest} />
        </>
      )}
    </div>
  );
}

interface GlassProps extends Pick<PlotFrameProps, "pointAt" | "press" | "over"> {
  axis: BarAxis;
  plot: Plot;
}

/** Takes the pointer, over everything that is drawn. */
function Glass({ axis, plot, pointAt, press, over }: GlassProps) {
  const glass: RefObject<HTMLDivElement | null> = useRef(null);
  const { view, axisWidth } = plot;
  const instantAt = useCallback(
    (x: number) => {
      const width = glass.current?.clientWidth || 1;
      return axis.instant(view.from + (x / width) * (view.to - view.from));
    },
    [axis, view],
  );
  const point = useCallback((at: Pointed | null) => pointAt?.(at, plot), [pointAt, plot]);
  const pressed = useCallback((at: Pointed) => press?.(at, plot), [press, plot]);
  usePointer(glass, instantAt, point, pressed);
  return (
    <div
      ref={glass}
      className={styles.glass}
      style={{ insetInlineEnd: axisWidth, insetBlock: `${TOP}px ${X_AXIS}px` }}
    >
      <CrosshairLine axis={axis} view={view} />
      {over?.(plot)}
    </div>
  );
}

/** What is drawn by hand, cut off where the value axis begins. */
export function Clip({
  plot,
  height,
  children,
}: {
  plot: Plot;
  height: number;
  children: ReactNode;
}) {
  return (
    <svg width={Math.max(plot.width - plot.axisWidth, 0)} height={height} aria-hidden="true">
      {children}
    </svg>
  );
}

/** Where places and values (from `-most` to `most`) lie in the picture. */
export function scaleOf({ view, width, axisWidth }: Plot, height: number, most: number): Scale {
  const step = (width - axisWidth) / (view.to - view.from);
  const half = (height - TOP - X_AXIS) / 2;
  return {
    x: (position) => (position - view.from) * step,
    y: (value) => TOP + half - (value / most) * half,
  };
}

/** The horizontal axis, as Recharts wants it. */
export function xAxis({ view, ticks }: Plot) {
  const label = new Map(ticks.map((tick) => [tick.position, tick.label]));
  return {
    dataKey: "position",
    type: "number",
    domain: [view.from, view.to],
    allowDataOverflow: true,
    height: X_AXIS,
    ticks: ticks.map((tick) => tick.position),
    tickFormatter: (position: number) => label.get(position) ?? "",
    tickLine: false,
    axisLine: false,
    interval: 0,
    tick: TICK,
  } as const;
}

/** The vertical axis, from `-most` to `most`. */
export function yAxis({ axisWidth }: Plot, most: number) {
  return {
    orientation: "right",
    width: axisWidth,
    domain: [-most, most],
    ticks: [-most, -most / 2, 0, most / 2, most],
    tickFormatter: (value: number) => signed(value, 2),
    tickLine: false,
    axisLine: false,
    tick: TICK,
  } as const;
}

/** What of the rows is in view, and the one before and after, so that lines reach the edges. */
export function inView<Row extends { position: number }>(
  rows: readonly Row[],
  { from, to }: View,
): Row[] {
  const first = rows.findIndex(({ position }) => position >= from);
  if (first < 0) return [];
  const last = rows.findLastIndex(({ position }) => position <= to);
  return rows.slice(Math.max(first - 1, 0), last + 2);
}

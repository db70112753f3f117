/** What the charts under the price have in common: their place, their axes, the pointer. */

import { type ReactNode, type RefObject, useCallback, useMemo, useRef } from "react";
import { signed } from "@/design/format";
import { type BarAxis, type Tick, ticksOf, type View, wholeView } from "./axis";
import styles from "./Plot.module.css";
import type { Scale } from "./stacking";
import { CrosshairLine, type Pointed, useAxisWidth, usePointer, useView } from "./together";
import { useWidth } from "./useWidth";

export const X_AXIS = 22;
export const TOP = 8;
/** Of a mark, in pixels. */
const HALF_LETTER = 3.5;

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

interface DrawingProps {
  plot: Plot;
  height: number;
  /** The axis reaches from `least`, which is `-most` where nothing else is said, to `most`. */
  most: number;
  least?: number;
  /** How a value is written beside the axis. */
  write?: (value: number) => string;
  /** Patterns, and what lies under the grid. */
  under?: ReactNode;
  children: ReactNode;
}

/**
 * Grid, axes, and what is drawn between them, cut off where the value axis begins. It is a few
 * shapes drawn by hand: a zoom draws them anew many times a second.
 */
export function Drawing(props: DrawingProps) {
  const { plot, height, most, least = -most, write = signed, under, children } = props;
  const { x, y } = scaleOf(plot, height, most, least);
  const end = Math.max(plot.width - plot.axisWidth, 0);
  return (
    <svg width={plot.width} height={height} aria-hidden="true">
      {under}
      {[0, 0.25, 0.5, 0.75, 1]
        .map((part) => least + part * (most - least))
        .map((value) => (
          <g key={value}>
            <line className={styles.gridLine} x2={end} y1={y(value)} y2={y(value)} />
            <text className={styles.mark} x={end + 8} y={y(value)} dy="0.35em">
              {write(value)}
            </text>
          </g>
        ))}
      {plot.ticks.map(({ position, label }) => (
        <DateMark key={position} x={x(position)} y={height - 6} end={end} label={label} />
      ))}
      <svg width={end} height={height} aria-hidden="true">
        {children}
      </svg>
    </svg>
  );
}

interface DateMarkProps {
  x: number;
  y: number;
  end: number;
  label: string;
}

/** A date under the plot, in the middle below its place, and whole at the edges. */
function DateMark({ x, y, end, label }: DateMarkProps) {
  const half = label.length * HALF_LETTER;
  const anchor = x < half ? "start" : x > end - half ? "end" : "middle";
  const at = anchor === "start" ? 0 : anchor === "end" ? end : x;
  return (
    <text className={styles.mark} x={at} y={y} textAnchor={anchor}>
      {label}
    </text>
  );
}

/** Where places and values (from `least` to `most`) lie in the picture. */
export function scaleOf(
  { view, width, axisWidth }: Plot,
  height: number,
  most: number,
  least = -most,
): Scale {
  const step = (width - axisWidth) / (view.to - view.from);
  const tall = height - TOP - X_AXIS;
  return {
    x: (position) => (position - view.from) * step,
    y: (value) => TOP + ((most - value) / (most - least)) * tall,
  };
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

/** The canvas of the price chart: what lightweight-charts is told, and what it tells. */

import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  type LogicalRange,
  type MouseEventParams,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import { compact, price } from "@/design/format";
import type { View } from "./axis";
import { markers, tickLabel, wallLabel } from "./priceMarks";
import type { PricePicture } from "./pricePicture";
import { faded, isWhole, moved, whole } from "./priceView";

export type PriceColours = Record<
  "soft" | "faint" | "grid" | "accent" | "rise" | "fall" | "past",
  string
>;

interface Heard {
  onHover: (at: number | null) => void;
  /** The part that is seen (null: all of it), and how wide the value axis is. */
  onView: (view: View | null, axisWidth: number) => void;
}

type Series = ISeriesApi<"Candlestick"> | ISeriesApi<"Line">;

const VOLUME_SHARE = 0.2;

export class PriceCanvas {
  private readonly chart: IChartApi;
  private readonly volume: ISeriesApi<"Histogram">;
  private series: Series | null = null;
  private marks: ISeriesMarkersPluginApi<Time> | null = null;
  private kind: "candles" | "line" = "candles";
  private colours: PriceColours | null = null;
  private picture: PricePicture | null = null;
  private asked = "";
  private frame = 0;
  private readonly leave = () => this.heard.onHover(null);
  private readonly wheel = (event: WheelEvent) => this.zoom(event);

  constructor(
    private readonly place: HTMLElement,
    private readonly heard: Heard,
  ) {
    this.chart = createChart(place, {
      autoSize: true,
      // Its logo brings a <style> element, which the content policy refuses; the credit stands
      // under the chart instead.
      layout: { attributionLogo: false, fontSize: 11, panes: { enableResize: false } },
      crosshair: { mode: CrosshairMode.Magnet },
      rightPriceScale: { borderVisible: false, minimumWidth: 60, entireTextOnly: true },
      timeScale: {
        borderVisible: false,
        timeVisible: true,
        secondsVisible: false,
        minBarSpacing: 0.3,
        tickMarkFormatter: tickLabel,
        lockVisibleTimeRangeOnResize: true,
      },
      localization: { timeFormatter: wallLabel },
      // A wheel scrolls the page; with Ctrl it zooms.
      handleScroll: { mouseWheel: false, vertTouchDrag: false },
      handleScale: { mouseWheel: false, axisDoubleClickReset: true },
    });
    this.volume = this.chart.addSeries(
      HistogramSeries,
      {
        priceFormat: { type: "custom", formatter: compact, minMove: 1 },
        priceLineVisible: false,
        lastValueVisible: false,
      },
      1,
    );
    this.chart.subscribeCrosshairMove((param) => this.hear(param));
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => this.tellView(range));
    place.addEventListener("pointerleave", this.leave);
    place.addEventListener("wheel", this.wheel, { passive: false });
  }

  remove(): void {
    cancelAnimationFrame(this.frame);
    this.place.removeEventListener("pointerleave", this.leave);
    this.place.removeEventListener("wheel", this.wheel);
    this.chart.remove();
  }

  /** In these colours, as candles or as a line. */
  dress(kind: "candles" | "line", colours: PriceColours): void {
    const again = this.series !== null && this.kind !== kind;
    this.kind = kind;
    this.colours = colours;
    this.chart.applyOptions({
      layout: {
        background: { type: ColorType.Solid, color: "transparent" },
        textColor: colours.faint,
        fontFamily: getComputedStyle(document.body).fontFamily,
        panes: { separatorColor: colours.grid, separatorHoverColor: colours.grid },
      },
      grid: { vertLines: { visible: false }, horzLines: { color: colours.grid } },
      crosshair: {
        vertLine: { color: colours.faint, labelBackgroundColor: colours.soft },
        horzLine: { color: colours.faint, labelBackgroundColor: colours.soft },
      },
    });
    if (again || this.series === null) this.addSeries();
    else this.series.applyOptions(this.look(colours));
    if (this.picture) this.fill(this.picture);
  }

  /** Draws it. The part that is seen stays where the same is asked for. */
  show(picture: PricePicture, asked: string): void {
    const before = this.picture;
    const seen = this.chart.timeScale().getVisibleLogicalRange();
    const stays = before !== null && asked === this.asked && seen !== null;
    this.picture = picture;
    this.asked = asked;
    if (!this.colours) return;
    this.fill(picture);
    const next =
      stays && !isWhole(seen, before.axis.count)
        ? moved(seen, before, picture)
        : whole(picture.axis.count);
    this.chart.timeScale().setVisibleLogicalRange(next);
  }

  /** The crosshair at an instant that another chart is pointed at. */
  point(at: number | null): void {
    const { picture, series } = this;
    if (!picture || !series || this.place.matches(":hover")) return;
    const bar = at === null ? -1 : Math.round(picture.axis.position(at));
    const time = picture.times[bar];
    const close = picture.bars.close[bar];
    if (time === undefined || close === undefined) this.chart.clearCrosshairPosition();
    else this.chart.setCrosshairPosition(close, time as UTCTimestamp, series);
  }

  private addSeries(): void {
    if (!this.colours) return;
    if (this.series) this.chart.removeSeries(this.series);
    this.series =
      this.kind === "candles"
        ? this.chart.addSeries(CandlestickSeries, this.look(this.colours), 0)
        : this.chart.addSeries(LineSeries, this.look(this.colours), 0);
    this.marks = createSeriesMarkers<Time>(this.series as ISeriesApi<"Candlestick">, []);
    this.series.applyOptions({
      priceFormat: { type: "custom", formatter: price, minMove: 0.0001 },
    });
    this.series.priceScale().applyOptions({ scaleMargins: { top: 0.1, bottom: 0.08 } });
    const [main, below] = this.chart.panes();
    main?.setStretchFactor(1 - VOLUME_SHARE);
    below?.setStretchFactor(VOLUME_SHARE);
  }

  private look(colours: PriceColours) {
    const { rise, fall, accent } = colours;
    return this.kind === "candles"
      ? {
          upColor: rise,
          downColor: fall,
          borderUpColor: rise,
          borderDownColor: fall,
          wickUpColor: rise,
          wickDownColor: fall,
          priceLineColor: accent,
        }
      : ({ color: accent, lineWidth: 2, priceLineColor: accent } as const);
  }

  private fill(picture: PricePicture): void {
    const { colours, series } = this;
    if (!colours || !series) return;
    const { bars, times } = picture;
    const time = (n: number) => (times[n] ?? 0) as UTCTimestamp;
    const all = times.map((_, n) => ({
      time: time(n),
      open: bars.open[n] ?? 0,
      high: bars.high[n] ?? 0,
      low: bars.low[n] ?? 0,
      close: bars.close[n] ?? 0,
      value: bars.close[n] ?? 0,
    }));
    (series as ISeriesApi<"Candlestick">).setData(all);
    this.volume.setData(
      all.map((bar, n) => ({
        time: bar.time,
        value: bars.volume_shares[n] ?? 0,
        color: faded(bar.close < bar.open ? colours.fall : colours.rise),
      })),
    );
    this.marks?.setMarkers(markers(picture, colours));
    // How wide the value axis gets is only known once it is drawn.
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() =>
      this.tellView(this.chart.timeScale().getVisibleLogicalRange()),
    );
  }

  private hear({ logical: bar, sourceEvent }: MouseEventParams): void {
    if (!sourceEvent || bar === undefined || !this.picture) return;
    this.heard.onHover(this.picture.axis.instant(bar));
  }

  private tellView(range: LogicalRange | null): void {
    if (!range || !this.picture) return;
    const all = isWhole(range, this.picture.axis.count);
    const view = all ? null : { from: range.from - 0.5, to: range.to + 0.5 };
    this.heard.onView(view, this.chart.priceScale("right").width());
  }

  private zoom(event: WheelEvent): void {
    const scale = this.chart.timeScale();
    const seen = scale.getVisibleLogicalRange();
    if (!(event.ctrlKey || event.metaKey) || !seen || !this.picture) return;
    event.preventDefault();
    const x = event.clientX - this.place.getBoundingClientRect().left;
    const at = scale.coordinateToLogical(x) ?? seen.to;
    const factor = Math.exp(Math.min(Math.max(event.deltaY, -100), 100) / 300);
    const all = whole(this.picture.axis.count);
    const from = Math.max(at - (at - seen.from) * factor, all.from);
    const to = Math.min(at + (seen.to - at) * factor, all.to);
    if (to - from >= 8) scale.setVisibleLogicalRange({ from, to });
  }
}

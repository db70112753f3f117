/** The price on a canvas, with volume below: candles or a line, actions, splits, dividends. */

import { type RefObject, useEffect, useRef } from "react";
import type { View } from "./axis";
import { useColours } from "./colours";
import styles from "./PriceChart.module.css";
import { PriceCanvas } from "./priceCanvas";
import type { PricePicture } from "./pricePicture";
import { useTogether } from "./together";

const COLOURS = {
  soft: "--ink-soft",
  faint: "--ink-faint",
  grid: "--line",
  accent: "--accent",
  rise: "--rise",
  fall: "--fall",
  past: "--past",
} as const;

interface PriceChartProps {
  picture: PricePicture;
  kind: "candles" | "line";
  height: number;
  /** What is asked for; as long as it stays, so does the part that is zoomed to. */
  asked: string;
}

export default function PriceChart({ picture, kind, height, asked }: PriceChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const canvas = useCanvas(place);
  const colours = useColours(COLOURS);
  useEffect(() => canvas.current?.dress(kind, colours), [canvas, kind, colours]);
  useEffect(() => canvas.current?.show(picture, asked), [canvas, picture, asked]);
  return <div ref={place} className={styles.canvas} style={{ height }} aria-hidden="true" />;
}

function useCanvas(place: RefObject<HTMLDivElement | null>): RefObject<PriceCanvas | null> {
  const canvas = useRef<PriceCanvas | null>(null);
  const together = useTogether();
  useEffect(() => {
    if (!place.current) return;
    const made = new PriceCanvas(place.current, {
      onHover: (hovered) => together.set({ hovered }),
      onView: (view: View | null, axisWidth: number) => together.set({ view, axisWidth }),
    });
    canvas.current = made;
    let drawn: number | null = null;
    const forget = together.subscribe(() => {
      const { hovered } = together.get();
      if (hovered === drawn) return;
      drawn = hovered;
      made.point(hovered);
    });
    return () => {
      forget();
      made.remove();
      canvas.current = null;
      together.set({ hovered: null, view: null });
    };
  }, [place, together]);
  return canvas;
}

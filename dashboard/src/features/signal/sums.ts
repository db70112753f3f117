/** The arithmetic of a signal, done again from what is shown; in whole millionths, as the server. */

import type { ArticleBehind, Contribution, WholeSignal } from "./api";

export const MICRO = 1_000_000;

/** A number of six decimals in whole millionths. */
export function micros(value: number): number {
  return Math.round(value * MICRO);
}

/** The sum of numbers of six decimals, exact to the last of them. */
export function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + micros(value), 0) / MICRO;
}

/** Whether two numbers of six decimals are the same but for a millionth. */
export function same(one: number, other: number): boolean {
  return Math.abs(micros(one) - micros(other)) <= 1;
}

export interface Added {
  part: Contribution;
  /** The running total before it and with it. */
  from: number;
  to: number;
  /** Whether value × weight, rounded, is the contribution that is shown. */
  multiplies: boolean;
}

export interface Sum {
  parts: Added[];
  total: number;
  weights: number;
  /** Whether the total, bounded by −1 and 1, is the score; exactly, to the last shown digit. */
  equals: boolean;
  /** Total less score. */
  off: number;
}

/** The contributions added up, one after the other. */
export function addedUp(signal: Pick<WholeSignal, "components" | "score">): Sum {
  let running = 0;
  const parts = signal.components.map((part): Added => {
    const from = running / MICRO;
    running += micros(part.contribution);
    const multiplies = same(part.value * part.weight, part.contribution);
    return { part, from, to: running / MICRO, multiplies };
  });
  const total = running / MICRO;
  const bounded = Math.max(-1, Math.min(1, total));
  const off = (micros(bounded) - micros(signal.score)) / MICRO;
  return {
    parts,
    total,
    weights: sumOf(signal.components.map((one) => one.weight)),
    equals: off === 0,
    off,
  };
}

export interface Agreement {
  net: number;
  strength: number;
  /** ½ + ½ · |net| ÷ strength. */
  value: number;
}

/** How far the contributions point one way, computed from them. */
export function agreementOf(parts: readonly Contribution[]): Agreement {
  const net = sumOf(parts.map((one) => one.contribution));
  const strength = sumOf(parts.map((one) => Math.abs(one.contribution)));
  return { net, strength, value: strength > 0 ? 0.5 + (0.5 * Math.abs(net)) / strength : 1 };
}

export interface Story {
  id: number | string;
  articles: ArticleBehind[];
  /** What its articles add together. */
  adds: number;
}

/** The articles by the story they tell, that which adds most first. */
export function storiesOf(articles: readonly ArticleBehind[]): Story[] {
  const told = new Map<number | string, ArticleBehind[]>();
  for (const article of articles) {
    const id = article.story_id ?? `article ${article.article_id}`;
    told.set(id, [...(told.get(id) ?? []), article]);
  }
  return [...told]
    .map(([id, behind]) => ({
      id,
      articles: behind.toSorted((a, b) => Math.abs(b.share) - Math.abs(a.share)),
      adds: sumOf(behind.map((one) => one.share)),
    }))
    .sort((a, b) => Math.abs(b.adds) - Math.abs(a.adds));
}

export interface Definition {
  weights: Record<string, number>;
  bands: Record<string, { enter: number; leave: number }>;
  regimes: { name: string; indicator: string; above: number; weights: Record<string, number> }[];
}

/** What stands behind a weight: the strategy's own, times the regime's factor, over their sum. */
export interface Weighing {
  own: number;
  factor: number;
  sum: number;
}

/** How the weight of a component came about; null where the strategy was not stored. */
export function weighing(signal: WholeSignal, name: string): Weighing | null {
  const definition = definitionOf(signal);
  const own = definition?.weights[name];
  if (definition === null || own === undefined) return null;
  const regime = definition.regimes.find((one) => one.name === signal.regime);
  const factor = (of: string) => regime?.weights[of] ?? 1;
  const sum = signal.components.reduce(
    (total, part) => total + (definition.weights[part.name] ?? 0) * factor(part.name),
    0,
  );
  return sum > 0 ? { own, factor: factor(name), sum } : null;
}

/** The strategy as it was stored with the signal. */
export function definitionOf(signal: Pick<WholeSignal, "basis">): Definition | null {
  const told = signal.basis?.definition as Partial<Definition> | undefined;
  if (!told?.weights || !told.bands) return null;
  return { weights: told.weights, bands: told.bands, regimes: told.regimes ?? [] };
}

/** A story as it was known at a past slot. */

import type { Article, Story } from "./api";

/** Whether it was told on after the slot that is looked at. */
export function goesOnAfter(story: Story, at: string | null): boolean {
  return at !== null && Date.parse(story.last_known_at) >= Date.parse(at);
}

/**
 * The story of the articles that were known by then: their outlets, their symbols, their means.
 *
 * @param known Its articles as of the slot, the newest first.
 */
export function storyOf(story: Story, known: readonly Article[]): Story {
  const symbols = new Map<string, number[]>();
  const counts = new Map<string, number>();
  for (const { symbol, sentiment } of known.flatMap((article) => article.symbols)) {
    counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    const scores = symbols.get(symbol) ?? [];
    symbols.set(symbol, sentiment === null ? scores : [...scores, sentiment.score]);
  }
  return {
    ...story,
    last_known_at: known[0]?.known_at ?? story.first_known_at,
    articles: known.length,
    outlets: [...new Set(known.map((article) => article.outlet))].sort(),
    symbols: [...symbols].map(([symbol, scores]) => ({
      symbol,
      articles: counts.get(symbol) ?? 0,
      scored: scores.length,
      mean_score:
        scores.length === 0 ? null : scores.reduce((sum, one) => sum + one, 0) / scores.length,
    })),
  };
}

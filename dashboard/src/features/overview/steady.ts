/** How much an order differs from another. */

/** How many of a list must move so that the rest stands in rising order. */
export function moves(places: readonly number[]): number {
  // The ends of the longest rising runs of each length.
  const ends: number[] = [];
  for (const place of places) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    ends[low] = place;
  }
  return places.length - ends.length;
}

/** How many symbols would move, come or go if what is shown became what is sorted. */
export function differing(shown: readonly string[], sorted: readonly string[]): number {
  const places = new Map(sorted.map((symbol, place) => [symbol, place]));
  const kept = shown.flatMap((symbol) => places.get(symbol) ?? []);
  return moves(kept) + (shown.length - kept.length) + (sorted.length - kept.length);
}

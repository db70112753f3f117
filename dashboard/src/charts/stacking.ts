/** How high a stack of contributions gets. */

const STEPS = [0.2, 0.4, 0.6, 0.8, 1];

/** Where the axis ends: a round number, the same above and below, so that it rarely changes. */
export function limit(
  rows: readonly Readonly<Record<string, number | null>>[],
  components: readonly string[],
): number {
  let most = 0;
  for (const row of rows) {
    const values = components.map((component) => row[component] ?? 0);
    const above = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
    const below = values.reduce((sum, value) => sum - Math.min(value, 0), 0);
    most = Math.max(most, above, below);
  }
  return STEPS.find((step) => most <= step) ?? Math.ceil(most * 5) / 5;
}

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

/** Where values and places become pixels. */
export interface Scale {
  x: (position: number) => number;
  y: (value: number) => number;
}

/**
 * The bars of every component as one path each: positive ones upwards, one on the other, negative
 * ones downwards. A shape a bar would be thousands, drawn anew at every step of a zoom.
 */
export function stackedPaths(
  rows: readonly Readonly<Record<string, number | null> & { position: number }>[],
  components: readonly string[],
  { x, y }: Scale,
  size: number,
): Map<string, string> {
  const paths = new Map(components.map((component) => [component, [] as string[]]));
  for (const row of rows) {
    let above = 0;
    let below = 0;
    const left = (x(row.position) - size / 2).toFixed(1);
    for (const component of components) {
      const value = row[component] ?? 0;
      if (value === 0) continue;
      const from = value > 0 ? above : below;
      const [top, bottom] = [y(Math.max(from, from + value)), y(Math.min(from, from + value))];
      paths
        .get(component)
        ?.push(
          `M${left} ${top.toFixed(1)}h${size.toFixed(1)}v${(bottom - top).toFixed(1)}h${(-size).toFixed(1)}z`,
        );
      if (value > 0) above += value;
      else below += value;
    }
  }
  return new Map([...paths].map(([component, path]) => [component, path.join("")]));
}

/** What a measurement tells whoever started it: a line of JSON behind a word of its own. */

/** By how much the CPU is slowed: a laptop's becomes a cheap phone's. */
export const SLOWED = 4;

export function measured(figures: Record<string, number | undefined>): void {
  process.stdout.write(`MEASURED ${JSON.stringify(figures)}\n`);
}

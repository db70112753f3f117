/** Tags as people type them. */

/** As the API takes one. */
const TAG = /^[a-z0-9][a-z0-9_-]{0,39}$/;

/** `Chips, mega cap` as tags: lower case, one word each, each once. */
export function tagsOf(typed: string): string[] {
  const words = typed.split(",").map((word) => word.trim().replace(/^#/, "").toLowerCase());
  return [...new Set(words.map((word) => word.replaceAll(/\s+/g, "-")).filter(Boolean))];
}

/** What is wrong with them, in a sentence; null where nothing is. */
export function wrongTag(tags: readonly string[]): string | null {
  const wrong = tags.find((tag) => !TAG.test(tag));
  return wrong === undefined
    ? null
    : `“${wrong}” cannot be a tag: use letters, digits, - and _, at most 40.`;
}

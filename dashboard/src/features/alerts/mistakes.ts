/** Which field of the form each of the server's sentences is about. */

/** A control of the form that a sentence may stand beside. */
export type Place =
  | "name"
  | "metric"
  | "threshold"
  | "clear"
  | "to"
  | "window"
  | "for"
  | "clear_for"
  | "scope"
  | "severity"
  | "notify"
  | "repeat"
  | "most_per_day"
  | "resolved"
  | "no_data"
  | "note"
  | "enabled";

export interface Mistakes {
  /** The sentences beside each field. */
  of: Partial<Record<Place, string>>;
  /** What belongs to none. */
  rest: readonly string[];
}

export const NONE: Mistakes = { of: {}, rest: [] };

const PLACES: Readonly<Record<string, Place>> = {
  metric: "metric",
  above: "threshold",
  below: "threshold",
  threshold: "threshold",
  clear: "clear",
  to: "to",
  window: "window",
  for: "for",
  clear_for: "clear_for",
  symbols: "scope",
  tags: "scope",
  severity: "severity",
  notify: "notify",
  repeat: "repeat",
  most_per_day: "most_per_day",
  resolved: "resolved",
  no_data: "no_data",
  note: "note",
  enabled: "enabled",
};

/** How each sentence begins, which the form's reader knows. */
const WHERE = /^(?:the )?rule [^:]*: /i;

function placeOf(sentence: string): Place | null {
  if (sentence.includes(" is no name;")) return "name";
  // What was typed stands in quotation marks and names no key; the first key is what is meant.
  for (const [word] of sentence.replace(/"[^"]*"/g, " ").matchAll(/\w+/g)) {
    const place = PLACES[word];
    if (place) return place;
  }
  return null;
}

/** The server's sentences, each to its field. */
export function placed(sentences: readonly string[]): Mistakes {
  const of: Partial<Record<Place, string>> = {};
  const rest: string[] = [];
  for (const whole of new Set(sentences)) {
    const sentence = whole.replace(WHERE, "");
    const place = placeOf(sentence);
    if (place === null) rest.push(sentence);
    else of[place] = of[place] ? `${of[place]}\n${sentence}` : sentence;
  }
  return { of, rest };
}

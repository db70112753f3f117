/** The last few texts that were analyzed, kept as long as this tab. */

import { useCallback, useState } from "react";
import type { Analysis, Question } from "./api";

export interface Try {
  question: Question;
  analysis: Analysis;
  /** When it was judged (UTC). */
  at: string;
}

const KEY = "analyzed";
const KEPT = 5;

function stored(): Try[] {
  try {
    const told: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(told) ? told.filter(isTry) : [];
  } catch {
    return [];
  }
}

function keep(tries: readonly Try[]): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(tries));
  } catch {
    // A browser that keeps nothing still shows them.
  }
}

function isTry(one: unknown): one is Try {
  const { question, analysis, at } = (one ?? {}) as Partial<Try>;
  return typeof question?.text === "string" && typeof analysis?.model === "object" && !!at;
}

/** The tries, the newest first, and how to add one. */
export function useTries(): [readonly Try[], (one: Try) => void] {
  const [tries, setTries] = useState(stored);
  const add = useCallback((one: Try) => {
    const same = ({ question: { text, symbol } }: Try) =>
      text === one.question.text && symbol === one.question.symbol;
    const joined = (before: readonly Try[]) =>
      [one, ...before.filter((other) => !same(other))].slice(0, KEPT);
    keep(joined(stored()));
    setTries(joined);
  }, []);
  return [tries, add];
}

/** A rule tried on history as it is written. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Problem } from "@/api/problem";
import { type Definition, type Trial, trialQuery } from "./api";
import { type Mistakes, NONE, placed } from "./mistakes";
import { useRested } from "./useRested";

const REST_MS = 450;
const WRONG = 422;
/** Whatever it will be called, it does the same. */
const NAMELESS = "new-rule";

export interface Tried {
  answer: Trial | undefined;
  /** What the server finds wrong, each by its field. */
  mistakes: Mistakes;
  mistaken: boolean;
  /** Any other failure. */
  error: Error | null;
  /** Whether it is of what was written a moment ago. */
  isOld: boolean;
  /** What the rule says, as the server puts it; null where that is not known. */
  sentence: string | null;
}

/** @param enabled Whether there is enough of it. */
export function useTrial(
  name: string,
  definition: Definition,
  days: number,
  enabled: boolean,
): Tried {
  const written = JSON.stringify([name || NAMELESS, definition]);
  const rested = useRested(written, REST_MS);
  const [asked, of] = JSON.parse(rested) as [string, Definition];
  const query = useQuery({
    ...trialQuery(asked, of, days),
    enabled,
    placeholderData: keepPreviousData,
  });
  const mistaken = query.error instanceof Problem && query.error.status === WRONG;
  const answer = query.error ? undefined : query.data;
  return {
    answer,
    mistakes: mistaken ? placed(sentences(query.error)) : NONE,
    mistaken,
    error: mistaken ? null : query.error,
    isOld: written !== rested || query.isPlaceholderData || query.isFetching,
    sentence: (answer && enabled && Object.values(answer.sentences ?? {})[0]) || null,
  };
}

/** The sentences of a refusal; each is one mistake. */
export function sentences(error: Error | null): readonly string[] {
  if (error === null) return [];
  return error instanceof Problem && error.errors.length > 0 ? error.errors : [error.message];
}

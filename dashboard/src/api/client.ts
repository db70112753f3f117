/** The one place that speaks HTTP: typed by the OpenAPI document, every failure a `Problem`. */

import createClient, { type Middleware } from "openapi-fetch";
import { hearServerTime } from "./clock";
import { Problem, problemOf } from "./problem";
import type { components, paths } from "./schema";

/** The API's words for things, by name: `Told<"Overview">`. */
export type Told<Name extends keyof components["schemas"]> = components["schemas"][Name];

let csrfToken: string | null = null;

/** Remembers what every change must carry; the session tells it. */
export function carryCsrfToken(token: string | null): void {
  csrfToken = token;
}

const SAFE = new Set(["GET", "HEAD"]);

const csrf: Middleware = {
  onRequest({ request }) {
    if (csrfToken !== null && !SAFE.has(request.method)) {
      request.headers.set("X-CSRF-Token", csrfToken);
    }
    return request;
  },
};

const clock: Middleware = {
  onResponse({ response }) {
    hearServerTime(response.headers.get("Date"));
  },
};

// The very `fetch` of the moment: tests and service workers may put another in its place.
export const api = createClient<paths>({
  baseUrl: "",
  fetch: (request) => globalThis.fetch(request),
});
api.use(csrf, clock);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/**
 * What the API answered.
 *
 * @param also Statuses that are no failure of asking: what comes with them is an answer as well.
 * @throws {Problem} It refused, failed, or cannot be reached.
 */
export async function ask<Data>(
  answer: Promise<Answer<Data>>,
  also: readonly number[] = [],
): Promise<NonNullable<Data>> {
  return (await askWithTag(answer, also)).data;
}

/** As `ask`, with the ETag that an edit sends back to say what it saw. */
export async function askWithTag<Data>(
  answer: Promise<Answer<Data>>,
  also: readonly number[] = [],
): Promise<{ data: NonNullable<Data>; tag: string | null }> {
  let told: Answer<Data>;
  try {
    told = await answer;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    // What was cut off midway, or comes of something between that answers in the API's place.
    if (error instanceof SyntaxError) throw unreadable();
    throw new Problem("The server cannot be reached.", 0, null, null);
  }
  const { response, error } = told;
  if (!response.ok && !also.includes(response.status)) throw problemOf(response, error);
  const data = response.ok ? told.data : (error as Data);
  if (data == null && response.ok && response.status !== 204) throw unreadable();
  return { data: data as NonNullable<Data>, tag: response.headers.get("ETag") };
}

/**
 * For what more than one panel rests on: an answer that lacks one of the lists cannot be read.
 *
 * @param names The lists in the answer; none where the answer itself is one.
 */
export async function withLists<Data>(
  asked: Promise<Data>,
  ...names: readonly (keyof Data)[]
): Promise<Data> {
  const told = await asked;
  const lists = names.length ? names.map((name) => told[name]) : [told];
  if (lists.every(Array.isArray)) return told;
  throw unreadable();
}

/** Where an answer is none of those that the API gives. */
export function unreadable(): Problem {
  return new Problem("The server’s answer cannot be read.", 0, null, null);
}

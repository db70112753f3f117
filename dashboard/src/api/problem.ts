/** Something the API refused or failed at, in the sentence it gave (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  /** Found again in the server's log; null where no server answered. */
  readonly requestId: string | null;
  /** When asking again may help; null where nothing was said. */
  readonly retryAfterSeconds: number | null;
  /** Every mistake, a sentence each, where there are several; the message has them too. */
  readonly errors: readonly string[];

  constructor(
    detail: string,
    status: number,
    requestId: string | null,
    retryAfter: number | null,
    errors: readonly string[] = [],
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.requestId = requestId;
    this.retryAfterSeconds = retryAfter;
    this.errors = errors;
  }

  /** Whether it may go better in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** Whether something was not as the page takes it: a part that lacks, a zone that is none. */
export function isMisshapen(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError;
}

/** The error in a sentence for a person; of an answer of another shape a browser says none. */
export function sentenceOf(error: Error): string {
  if (!isMisshapen(error)) return error.message;
  return "This part of the page cannot be shown: the server’s answer is not what it expects.";
}

/** What an answer that was no success says. */
export function problemOf(response: Response, body: unknown): Problem {
  const told = body as { detail?: unknown; errors?: unknown } | undefined;
  const detail =
    typeof told?.detail === "string" ? told.detail : `The server answered ${response.status}.`;
  const more = Array.isArray(told?.errors) ? told.errors.filter((e) => typeof e === "string") : [];
  const wait = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return new Problem(
    // The detail is all of them in one line.
    more.length ? more.join("\n") : detail,
    response.status,
    response.headers.get("X-Request-Id"),
    Number.isFinite(wait) ? wait : null,
    more,
  );
}

/**
 * Follows the API's stream, and comes back after a drop to where it was; docs/live.md has the
 * frames. It knows nothing of React or of queries.
 */

import type { Topic } from "@/api/queries";

export interface Announced {
  topic: Topic;
  at: string;
  payload: Record<string, unknown>;
}

/** How the stream stands: `delayed` where the server itself cannot follow its database. */
export type Standing = "connecting" | "live" | "delayed" | "away";

export interface Hearers {
  onStanding: (standing: Standing) => void;
  onEvent: (event: Announced) => void;
  /** What was missed cannot be told: everything shown must be read again. */
  onGap: () => void;
}

/** Three of the server's heartbeats. */
const SILENCE_MS = 45_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 20_000;

interface Frame {
  type: "hello" | "event" | "heartbeat" | "following" | "missed" | "refused";
  id?: string;
  cursor?: string | null;
  delayed?: boolean;
  count?: number | null;
  topic?: Topic;
  at?: string;
  payload?: Record<string, unknown>;
}

/** Follows until it is told to stop. */
export class Stream {
  private socket: WebSocket | null = null;
  private cursor: string | null = null;
  private failures = 0;
  private again: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;
  /** Whether it came back at once, and nothing else was heard since. */
  private hurried = false;

  constructor(
    private readonly url: string,
    private readonly hearers: Hearers,
    private readonly random: () => number = Math.random,
  ) {}

  start(): void {
    this.stopped = false;
    this.hearers.onStanding("connecting");
    addEventListener("online", this.hurry);
    addEventListener("offline", this.drop);
    document.addEventListener("visibilitychange", this.seen);
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    removeEventListener("online", this.hurry);
    removeEventListener("offline", this.drop);
    document.removeEventListener("visibilitychange", this.seen);
    clearTimeout(this.again);
    this.leave();
  }

  /** Connects at once instead of at the end of the wait. */
  readonly hurry = (): void => {
    if (this.stopped || this.socket) return;
    clearTimeout(this.again);
    this.failures = 0;
    this.connect();
  };

  private readonly drop = (): void => this.lost();

  private readonly seen = (): void => {
    if (document.visibilityState === "visible") this.hurry();
  };

  private connect(): void {
    const after = this.cursor === null ? "" : `?after=${encodeURIComponent(this.cursor)}`;
    const socket = new WebSocket(this.url + after);
    this.socket = socket;
    this.listen();
    socket.onmessage = (message) => {
      if (this.socket === socket) this.hear(frameOf(message.data));
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  private hear(frame: Frame | null): void {
    this.listen();
    if (frame === null) return;
    if (frame.type === "event" || frame.type === "heartbeat") this.hurried = false;
    if (frame.type === "event" && frame.topic && frame.payload) {
      this.cursor = frame.id ?? this.cursor;
      this.hearers.onEvent({ topic: frame.topic, at: frame.at ?? "", payload: frame.payload });
    } else if (frame.type === "hello" || frame.type === "heartbeat") {
      this.failures = 0;
      this.cursor = frame.cursor ?? this.cursor;
      this.hearers.onStanding(frame.delayed ? "delayed" : "live");
    } else if (frame.type === "missed") {
      this.cursor = frame.cursor ?? null;
      if (frame.count == null) this.hearers.onGap();
      // At once, but not again and again where the server says the same each time.
      else this.lost(this.hurried ? undefined : 0);
      this.hurried = true;
    }
  }

  /** Whoever is silent for longer than the heartbeats allow has vanished. */
  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(this.drop, SILENCE_MS);
  }

  private lost(wait?: number): void {
    this.leave();
    if (this.stopped) return;
    // Who is told to come back at once is not away.
    if (wait !== 0) this.hearers.onStanding("away");
    const longest = Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS);
    this.failures += 1;
    clearTimeout(this.again);
    // By chance, so that all pages do not come back in the same moment.
    this.again = setTimeout(() => this.connect(), wait ?? longest * (0.5 + this.random() / 2));
  }

  private leave(): void {
    clearTimeout(this.silence);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}

/** What was said; null for what is no frame, which something between may have sent. */
function frameOf(said: unknown): Frame | null {
  try {
    const told: unknown = JSON.parse(String(said));
    return typeof told === "object" ? (told as Frame | null) : null;
  } catch {
    return null;
  }
}

/** The stream for the whole page: it makes what is shown be asked again when it has changed. */

import { type Query, type QueryClient, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useSyncExternalStore } from "react";
import { nowMs } from "@/api/clock";
import type { Topic } from "@/api/queries";
import { type Announced, type Standing, Stream } from "./stream";

export interface LiveState {
  standing: Standing;
  /** When it last was live; what is shown is at least as new. */
  lastLiveAt: Date | null;
}

/** How often everything shown is asked again while the stream is away. */
export const POLL_MS = 15_000;

/** Announcements of one tick come close together; they are one change of the page. */
const GATHER_MS = 300;

let state: LiveState = { standing: "connecting", lastLiveAt: null };
const hearers = new Set<() => void>();

function set(standing: Standing): void {
  const heard = standing === "live" || standing === "delayed";
  state = { standing, lastLiveAt: heard ? new Date(nowMs()) : state.lastLiveAt };
  for (const hear of hearers) hear();
}

function subscribe(hear: () => void): () => void {
  hearers.add(hear);
  return () => hearers.delete(hear);
}

/** How the stream stands. */
export function useLive(): LiveState {
  return useSyncExternalStore(subscribe, () => state);
}

const listeners = new Set<(event: Announced) => void>();

/** Hears each announcement itself, as the alert center's feed does. */
export function useAnnouncements(hear: (event: Announced) => void): void {
  useEffect(() => {
    listeners.add(hear);
    return () => {
      listeners.delete(hear);
    };
  }, [hear]);
}

/** The symbols that an announcement concerns; null where it concerns all, or does not say. */
export function concerned(payload: Record<string, unknown>): ReadonlySet<string> | null {
  const told = payload.symbols ?? (payload.symbol === undefined ? null : [payload.symbol]);
  if (!Array.isArray(told)) return null;
  return new Set(told.filter((one): one is string => typeof one === "string"));
}

/** Whether a query shows something that was announced. */
export function touches(
  meta: Query["meta"],
  topics: ReadonlyMap<Topic, ReadonlySet<string> | null>,
): boolean {
  return (meta?.topics ?? []).some((topic) => {
    if (!topics.has(topic)) return false;
    const symbols = topics.get(topic);
    return !symbols || !meta?.symbols || meta.symbols.some((symbol) => symbols.has(symbol));
  });
}

/** Gathers what is announced for a moment, then has it asked again. */
class Gathered {
  private topics = new Map<Topic, Set<string> | null>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly queries: QueryClient) {}

  add({ topic, payload }: Announced): void {
    const symbols = concerned(payload);
    const before = this.topics.get(topic);
    if (before === null || symbols === null) this.topics.set(topic, null);
    else this.topics.set(topic, new Set([...(before ?? []), ...symbols]));
    this.timer ??= setTimeout(() => this.tell(), GATHER_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private tell(): void {
    this.timer = undefined;
    const topics = this.topics;
    this.topics = new Map();
    void this.queries.invalidateQueries({ predicate: (query) => touches(query.meta, topics) });
  }
}

function readAgain(queries: QueryClient, before?: number): void {
  void queries.invalidateQueries({
    predicate: (query) =>
      !!query.meta?.topics?.length && (before === undefined || query.state.dataUpdatedAt < before),
  });
}

/** Follows the stream as long as it is rendered. */
export function Live({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  useEffect(() => {
    const gathered = new Gathered(queries);
    let began = false;
    let poll: ReturnType<typeof setInterval> | undefined;
    const stream = new Stream(`${location.origin.replace(/^http/, "ws")}/api/v1/stream`, {
      onStanding: (standing) => {
        // What was read before the first hello may be older than where the stream begins.
        if (standing === "live" && !began) {
          began = true;
          readAgain(queries, Date.now());
        }
        if (standing === "away") poll ??= setInterval(() => readAgain(queries), POLL_MS);
        else if (standing !== "connecting") {
          clearInterval(poll);
          poll = undefined;
        }
        set(standing);
      },
      onEvent: (event) => {
        gathered.add(event);
        for (const hear of listeners) hear(event);
      },
      onGap: () => readAgain(queries),
    });
    stream.start();
    return () => {
      stream.stop();
      gathered.stop();
      clearInterval(poll);
    };
  }, [queries]);
  return children;
}

/** The present, for everything that tells an age: one clock for the page, a beat every 15 s. */

import { useSyncExternalStore } from "react";
import { nowMs } from "@/api/clock";

const BEAT_MS = 15_000;

let present = new Date(nowMs());
let timer: ReturnType<typeof setInterval> | undefined;
const hearers = new Set<() => void>();

function beat(): void {
  present = new Date(nowMs());
  for (const hear of hearers) hear();
}

function subscribe(hear: () => void): () => void {
  if (hearers.size === 0) {
    present = new Date(nowMs());
    timer = setInterval(beat, BEAT_MS);
  }
  hearers.add(hear);
  return () => {
    hearers.delete(hear);
    if (hearers.size === 0) clearInterval(timer);
  };
}

/** The present, in steps of 15 seconds. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => present);
}

/** What is read off the present; who uses it is drawn anew only when it has become another. */
export function useNowAs<Told extends string | number | boolean>(read: (now: Date) => Told): Told {
  return useSyncExternalStore(subscribe, () => read(present));
}

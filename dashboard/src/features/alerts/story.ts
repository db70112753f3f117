/** An alert's story as it stood at a past slot. Pure. */

import type { Story } from "./api";

const later = (at: string | null, slot: string) => at !== null && Date.parse(at) > Date.parse(slot);

/** What was known of it at the slot; what happened later is not there yet. */
export function asOf(story: Story, slot: string): Story {
  const events = story.events.filter((event) => !later(event.at, slot));
  const last = events.at(-1);
  const silences = story.silences.filter((silence) => !later(silence.starts_at, slot));
  const acknowledged = !later(story.acknowledged_at, slot);
  return {
    ...story,
    events,
    silences,
    resolved_at: later(story.resolved_at, slot) ? null : story.resolved_at,
    acknowledged_at: acknowledged ? story.acknowledged_at : null,
    acknowledged_by: acknowledged ? story.acknowledged_by : null,
    silenced_by:
      silences.find((one) => one.ends_at === null || later(one.ends_at ?? null, slot))
        ?.silence_id ?? null,
    value: last?.value ?? null,
    reason: last?.reason ?? story.reason,
  };
}

/** Whether a signal may have been made at the instant: slots are half hours. */
export function isSlot(at: string): boolean {
  return Date.parse(at) % 1_800_000 === 0;
}

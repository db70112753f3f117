/** How far a message has come. */

import { Badge, type Tone } from "@/design/Badge";

const TONES: Readonly<Record<string, Tone>> = {
  planned: "plain",
  accepted: "accent",
  sent: "good",
  delivered: "good",
  unknown: "warn",
  failed: "critical",
};

export function ProgressBadge({ progress }: { progress: string }) {
  return <Badge tone={TONES[progress] ?? "plain"}>{progress}</Badge>;
}

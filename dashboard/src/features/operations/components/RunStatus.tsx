/** How a run or a step is. */

import { Badge, type Tone } from "@/design/Badge";
import { words } from "@/design/format";

const TONES: Record<string, Tone> = {
  success: "good",
  failure: "critical",
  canceled: "warn",
  canceling: "warn",
  started: "accent",
  starting: "accent",
  running: "accent",
};

export function RunStatus({ status }: { status: string }) {
  return <Badge tone={TONES[status] ?? "plain"}>{words(status)}</Badge>;
}

/** Whether whoever looks may change things here and now, and why not. */

import { useSession } from "@/features/session/api";
import { useAt } from "./at";

/** Null where he may; else the reason, a sentence for the control's title. */
export function useWhyNoEdit(): string | null {
  const session = useSession();
  const at = useAt();
  if (session.role !== "editor") return "A viewer may only look; log in with the editor’s token.";
  if (at !== null) return "You look at the past; go back to now to change anything.";
  return null;
}

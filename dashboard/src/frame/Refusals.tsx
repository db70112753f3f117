/** Tells that an edit was refused, where the page that offered it does not. */

import { useEffect } from "react";
import { hearFailures } from "@/api/heard";
import { useToast } from "@/design/Toasts";

export function Refusals() {
  const tell = useToast();
  useEffect(
    () =>
      hearFailures({
        onLoggedOut: () => undefined,
        onRefused: ({ message }) => tell({ text: message, bad: true }),
      }),
    [tell],
  );
  return null;
}

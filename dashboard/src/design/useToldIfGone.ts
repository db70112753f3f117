/** A refusal stands in the form that asked; where the form has gone meanwhile, a notice tells it. */

import { useCallback, useEffect, useRef } from "react";
import { useToast } from "./Toasts";

/** What to do with a refusal that the form shows itself, as long as it is there. */
export function useToldIfGone(): (error: Error) => void {
  const tell = useToast();
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  return useCallback(
    (error) => {
      if (!here.current) tell({ text: error.message, bad: true });
    },
    [tell],
  );
}

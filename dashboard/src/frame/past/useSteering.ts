/** Going through the past: what is wanted shows at once, the URL follows a few times a second. */

import { useCallback, useEffect, useRef, useState } from "react";
import { useAt, useGoTo } from "../at";

/** Browsers refuse a page that changes its URL more than a hundred times in half a minute. */
const WRITE_MS = 320;

export interface Steering {
  /** The slot that is wanted, be it shown already or not; null for the present. */
  wanted: string | null;
  /** Goes to a slot, or with null to the present. */
  steer: (slotAt: string | null) => void;
}

export function useSteering(): Steering {
  const at = useAt();
  const toSlot = useGoTo();
  const goTo = useRef(toSlot);
  goTo.current = toSlot;
  const [wish, setWish] = useState<{ slot: string | null } | null>(null);
  const newest = useRef<{ slot: string | null } | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const write = useCallback(() => {
    timer.current = undefined;
    if (newest.current === null) {
      setWish(null);
      return;
    }
    goTo.current(newest.current.slot);
    newest.current = null;
    timer.current = setTimeout(write, WRITE_MS);
  }, []);
  const steer = useCallback(
    (slot: string | null) => {
      setWish({ slot });
      newest.current = { slot };
      if (timer.current === undefined) write();
    },
    [write],
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  return { wanted: wish === null ? at : wish.slot, steer };
}

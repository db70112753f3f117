/** What was done, told for a moment, with a way to take it back. */

import { X } from "lucide-react";
import { createContext, type ReactNode, use, useCallback, useMemo, useRef, useState } from "react";
import { Button, IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Toasts.module.css";

interface Toast {
  text: string;
  bad?: boolean;
  undo?: () => void;
}

const STAYS_MS = 7_000;

const Tell = createContext<(toast: Toast) => void>(() => undefined);

/** Tells what was done, or what was refused. */
export function useToast(): (toast: Toast) => void {
  return use(Tell);
}

export function Toasts({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<(Toast & { id: number })[]>([]);
  const next = useRef(0);
  const shownIn = useRef<HTMLUListElement>(null);
  const drop = useCallback(
    (id: number) => setShown((all) => all.filter((one) => one.id !== id)),
    [],
  );
  const leave = useCallback(
    (id: number) => {
      setTimeout(() => {
        // Nothing goes from under the pointer, nor from where the focus is.
        if (shownIn.current?.matches(":hover, :focus-within")) leave(id);
        else drop(id);
      }, STAYS_MS);
    },
    [drop],
  );
  const tell = useCallback(
    (toast: Toast) => {
      const id = next.current++;
      setShown((all) => [...all.slice(-2), { ...toast, id }]);
      // A refusal stays until it is read.
      if (!toast.bad) leave(id);
    },
    [leave],
  );
  const list = useMemo(
    () =>
      shown.map(({ id, text, bad, undo }) => (
        <li key={id} className={classes(styles.toast, bad && styles.bad)}>
          <span className={styles.text}>{text}</span>
          {undo && (
            <Button
              look="quiet"
              onClick={() => {
                undo();
                drop(id);
              }}
            >
              Undo
            </Button>
          )}
          <IconButton label="Dismiss" icon={X} onClick={() => drop(id)} />
        </li>
      )),
    [shown, drop],
  );
  return (
    <Tell value={tell}>
      {children}
      <ul ref={shownIn} className={styles.toasts} aria-live="polite" aria-label="Notices">
        {list}
      </ul>
    </Tell>
  );
}

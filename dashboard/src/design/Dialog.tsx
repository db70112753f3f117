/** A dialog over the page: the browser's own, which traps the focus and closes by Escape. */

import { X } from "lucide-react";
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { IconButton } from "./Button";
import styles from "./Dialog.module.css";

interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  wide?: boolean;
  children: ReactNode;
}

/** Open as long as it is rendered: it takes the focus to its first field, and gives it back. */
export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [opener] = useState(() => document.activeElement);
  // Before it is taken out of the page: the browser gives no focus back from what is gone.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element) return;
    element.showModal();
    firstField(element)?.focus();
    return () => {
      element.close();
      if (opener instanceof HTMLElement) opener.focus({ preventScroll: true });
    };
  }, [opener]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it; a click beside it is the mouse's way
    <dialog
      ref={dialog}
      className={wide ? styles.wide : styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className={styles.inside}>
        <header className={styles.head}>
          <h2 id={id}>{title}</h2>
          <IconButton label="Close" icon={X} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Where one writes or chooses; of choices side by side the one that is chosen. */
function firstField(within: HTMLElement): HTMLElement | null {
  const fields =
    "input:not([type=hidden]):not([type=radio]), [type=radio]:checked, select, textarea";
  return (
    [...within.querySelectorAll<HTMLElement>(fields)].find((field) => field.matches(":enabled")) ??
    null
  );
}

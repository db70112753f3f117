/** A button that offers a few things to do. */

import { ChevronDown, type LucideIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Button } from "@/design/Button";
import styles from "./Menu.module.css";

export interface MenuItem {
  name: string;
  act: () => void;
}

interface MenuProps {
  label: ReactNode;
  icon: LucideIcon;
  items: readonly MenuItem[];
  disabled?: boolean;
  title?: string | undefined;
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

export function Menu({ label, icon, items, disabled, title }: MenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open) list.current?.querySelector("button")?.focus();
  }, [open]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
      return;
    }
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = [...(list.current?.querySelectorAll("button") ?? [])];
    const place = all.findIndex((one) => one.matches(":focus"));
    all.at((place + step) % all.length)?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears that the focus has left
    <div
      className={styles.place}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
    >
      <Button
        ref={button}
        icon={icon}
        disabled={disabled}
        title={title}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {label}
        <ChevronDown aria-hidden="true" size={14} />
      </Button>
      {open && (
        <div ref={list} role="menu" tabIndex={-1} className={styles.menu} onKeyDown={move}>
          {items.map(({ name, act }) => (
            <button
              key={name}
              type="button"
              role="menuitem"
              className={styles.item}
              onClick={() => {
                close();
                act();
              }}
            >
              {name}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

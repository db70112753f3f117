/** "What is this?": a figure's meaning, told on a press. */

import { CircleHelp } from "lucide-react";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import { MEANINGS, type Meaning } from "../words";
import styles from "./Explain.module.css";

const WIDTH = 320;
const MARGIN = 12;

/** Beside the button, and always on the screen: what scrolls around it does not cut it off. */
function placeBeside(button: DOMRect): CSSProperties {
  const width = Math.min(WIDTH, innerWidth - 2 * MARGIN);
  const left = Math.min(Math.max(button.left - 8, MARGIN), innerWidth - width - MARGIN);
  const below = button.bottom + 180 < innerHeight;
  return below
    ? { width, left, top: button.bottom + 4 }
    : { width, left, bottom: innerHeight - button.top + 4 };
}

export function Explain({ what }: { what: Meaning }) {
  const [place, setPlace] = useState<CSSProperties | null>(null);
  const whole = useRef<HTMLSpanElement>(null);
  const [name, text] = MEANINGS[what];
  const open = place !== null;
  useEffect(() => {
    if (!open) return;
    const close = () => setPlace(null);
    const press = (event: Event) => {
      const { target } = event;
      if (!(target instanceof Node && whole.current?.contains(target))) close();
    };
    const key = (event: KeyboardEvent) => event.key === "Escape" && close();
    addEventListener("pointerdown", press);
    addEventListener("keydown", key);
    addEventListener("scroll", close, { capture: true, passive: true });
    addEventListener("resize", close);
    return () => {
      removeEventListener("pointerdown", press);
      removeEventListener("keydown", key);
      removeEventListener("scroll", close, { capture: true });
      removeEventListener("resize", close);
    };
  }, [open]);
  return (
    <span ref={whole} className={styles.whole}>
      <button
        type="button"
        className={styles.button}
        aria-label={`What is this? ${name}`}
        aria-expanded={open}
        onClick={(event) => {
          const at = event.currentTarget.getBoundingClientRect();
          setPlace((before) => (before === null ? placeBeside(at) : null));
        }}
        onBlur={() => setPlace(null)}
      >
        <CircleHelp aria-hidden="true" size={14} />
      </button>
      {/* Always there, so that what appears in it is read out. */}
      <span role="status">
        {place !== null && (
          <span className={styles.bubble} style={place}>
            {text}
          </span>
        )}
      </span>
    </span>
  );
}

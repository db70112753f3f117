/** The signal as the API tells it. */

import { Copy } from "lucide-react";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { useToast } from "@/design/Toasts";
import type { WholeSignal } from "../api";
import styles from "./Raw.module.css";

export default function Raw({ signal, onClose }: { signal: WholeSignal; onClose: () => void }) {
  const tell = useToast();
  const text = JSON.stringify(signal, null, 2);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      tell({ text: "The JSON is copied." });
    } catch {
      tell({ text: "This browser lets nothing be copied; mark the text instead.", bad: true });
    }
  };
  return (
    <Dialog title={`${signal.symbol} at ${signal.slot_at}`} onClose={onClose} wide>
      <Button icon={Copy} onClick={() => void copy()}>
        Copy
      </Button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className={styles.json} tabIndex={0}>
        {text}
      </pre>
    </Dialog>
  );
}

/** The slots beside this one, its link, its paper and its raw form. */

import { Braces, ChevronLeft, ChevronRight, Link2, Printer } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { Button, IconButton } from "@/design/Button";
import { useToast } from "@/design/Toasts";
import { type PageKey, usePageKeys } from "@/frame/keys";
import type { WholeSignal } from "../api";
import { permalink, signalPath } from "../links";
import { OtherStrategy } from "./OtherStrategy";
import styles from "./Tools.module.css";

const Raw = lazy(() => import("./Raw"));

export function Tools({ signal }: { signal: WholeSignal }) {
  const [raw, setRaw] = useState(false);
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const tell = useToast();
  const { symbol, previous_slot_at: previous, next_slot_at: next } = signal;
  const [back, on] = useMemo(() => {
    const go = (slotAt: string | null) => () => {
      if (slotAt !== null) void navigate(signalPath(symbol, slotAt, search));
    };
    return [go(previous), go(next)];
  }, [navigate, symbol, previous, next, search]);
  const keys = useMemo<readonly PageKey[]>(
    () => [
      { keys: ["["], does: "The slot before", act: back },
      { keys: ["]"], does: "The next slot", act: on },
    ],
    [back, on],
  );
  usePageKeys(keys);
  const copy = async () => {
    const link = permalink(signal, search.get("at"));
    try {
      await navigator.clipboard.writeText(link);
      tell({ text: "The link to this revision is copied." });
    } catch {
      tell({ text: `This browser lets nothing be copied. The link: ${link}`, bad: true });
    }
  };
  return (
    <div className={styles.tools}>
      <OtherStrategy shown={signal.strategy} />
      <Button
        icon={ChevronLeft}
        disabled={previous === null}
        title="The slot before: ["
        onClick={back}
      >
        <span className={styles.text}>Previous</span>
      </Button>
      <Button disabled={next === null} title="The next slot: ]" onClick={on}>
        <span className={styles.text}>Next</span>
        <ChevronRight aria-hidden="true" size={16} />
      </Button>
      <Button icon={Link2} onClick={() => void copy()}>
        Copy link
      </Button>
      <IconButton icon={Braces} label="Raw JSON" onClick={() => setRaw(true)} />
      <IconButton icon={Printer} label="Print" className={styles.print} onClick={() => print()} />
      {raw && (
        <Suspense>
          <Raw signal={signal} onClose={() => setRaw(false)} />
        </Suspense>
      )}
    </div>
  );
}

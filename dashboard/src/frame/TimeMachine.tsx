/** The slider over past slots; the slot it stands at is in the URL. */

import { History } from "lucide-react";
import { Button } from "@/design/Button";
import { Instant } from "@/design/Instant";
import { useAt, useGoTo } from "./at";
import styles from "./TimeMachine.module.css";

const SLOT_MS = 30 * 60_000;
const SLOTS = 14 * 48;

export default function TimeMachine({ onClose }: { onClose: () => void }) {
  const at = useAt();
  const goTo = useGoTo();
  const newest = Math.floor(Date.now() / SLOT_MS) * SLOT_MS;
  const back = at === null ? 0 : Math.round((newest - Date.parse(at)) / SLOT_MS);
  const place = SLOTS - Math.min(back, SLOTS);
  return (
    <section className={styles.bar} aria-label="Time machine">
      <History aria-hidden="true" size={16} />
      <input
        type="range"
        aria-label="Past slot"
        aria-valuetext={at ?? "now"}
        min={0}
        max={SLOTS}
        value={place}
        onChange={(event) => {
          const slots = SLOTS - Number(event.target.value);
          goTo(slots === 0 ? null : new Date(newest - slots * SLOT_MS).toISOString());
        }}
      />
      <span className={styles.when}>{at === null ? "Now" : <Instant at={at} />}</span>
      <Button
        look="quiet"
        onClick={() => {
          goTo(null);
          onClose();
        }}
      >
        Back to now
      </Button>
    </section>
  );
}

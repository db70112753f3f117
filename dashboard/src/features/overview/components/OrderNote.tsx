/** Says that the order is held while somebody points at it, and lets him give it up. */

import { Button } from "@/design/Button";
import styles from "./OrderNote.module.css";

export function OrderNote({ moved, onSort }: { moved: number; onSort: () => void }) {
  return (
    <div className={styles.place} role="status">
      {moved > 0 && (
        <p className={styles.note}>
          {moved} would move
          <Button look="quiet" onClick={onSort}>
            Sort now
          </Button>
        </p>
      )}
    </div>
  );
}

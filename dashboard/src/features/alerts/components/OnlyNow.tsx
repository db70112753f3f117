/** Says that a part of the page has no past. */

import { useAt } from "@/frame/at";
import styles from "./OnlyNow.module.css";

export function OnlyNow({ what }: { what: string }) {
  if (useAt() === null) return null;
  return <p className={styles.note}>{what} are shown as they are now; of them no past is kept.</p>;
}

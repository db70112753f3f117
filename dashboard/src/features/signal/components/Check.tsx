/** Whether what was computed again on this page is what is stored. */

import { CircleCheck, TriangleAlert } from "lucide-react";
import { classes } from "@/design/classes";
import styles from "./Check.module.css";

export function Check({ good, children }: { good: boolean; children: React.ReactNode }) {
  const Icon = good ? CircleCheck : TriangleAlert;
  return (
    <span className={classes(styles.check, good ? styles.good : styles.bad)}>
      <Icon aria-hidden="true" size={14} />
      <span>{children}</span>
    </span>
  );
}

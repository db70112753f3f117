/** What a chart tells of the point under the pointer. */

import styles from "./Tip.module.css";

interface TipProps {
  title: string;
  lines: readonly (readonly [string, string])[];
}

export function Tip({ title, lines }: TipProps) {
  return (
    <div className={styles.tip}>
      <strong>{title}</strong>
      <dl className={styles.lines}>
        {lines.map(([name, value]) => (
          <div key={name} className={styles.line}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

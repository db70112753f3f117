/** Numbers below each other, and under a line what they make. */

import { signed } from "@/design/format";
import { Instant } from "@/design/Instant";
import styles from "./Equation.module.css";

/** At most six decimals, and no more than it has. */
export function number(value: number | null): string {
  if (value === null) return "–";
  const digits = Math.abs(value) >= 1000 ? 0 : 6;
  return value.toLocaleString(undefined, { maximumFractionDigits: digits }).replace("-", "\u2212");
}

/** Six decimals, without a plus: what is never below 0. */
export function plain(value: number): string {
  return signed(value, 6).replace("+", "");
}

type Line = readonly [name: string, value: number | null, at?: string | undefined];

export function Equation({
  parts,
  result,
}: {
  parts: readonly Line[];
  result: readonly [string, number | string];
}) {
  return (
    <dl className={styles.equation}>
      {parts.map(([name, value, at]) => (
        <div key={name} className={styles.line}>
          <dt>
            {name}
            {at && (
              <span className={styles.when}>
                {" "}
                <Instant at={at} />
              </span>
            )}
          </dt>
          <dd>{number(value)}</dd>
        </div>
      ))}
      <div className={styles.result}>
        <dt>{result[0]}</dt>
        <dd>{typeof result[1] === "number" ? number(result[1]) : result[1]}</dd>
      </div>
    </dl>
  );
}

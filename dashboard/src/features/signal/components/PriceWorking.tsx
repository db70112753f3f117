/** A component of prices opened: the bars it looked back on, its figure, and the value made of it. */

import { useQuery } from "@tanstack/react-query";
import { signed, words } from "@/design/format";
import { Sparkline } from "@/design/Sparkline";
import { barsBeforeQuery, type Contribution, type WholeSignal } from "../api";
import { barsOf, type Measured, measured } from "../bars";
import { figureTold, type Working, workingOf } from "../formulas";
import { Check } from "./Check";
import { Equation } from "./Equation";
import styles from "./Inside.module.css";

export function PriceWorking({ part, signal }: { part: Contribution; signal: WholeSignal }) {
  const bars = useQuery(barsBeforeQuery(signal.symbol, signal.interval, signal.slot_at)).data;
  const working = workingOf(part, signal.interval);
  if (working === null) {
    return (
      <section className={styles.part} aria-label={`How the value is made: ${words(part.name)}`}>
        <h3>The value</h3>
        <p>The figure behind it was not stored by the version that made this signal.</p>
      </section>
    );
  }
  const again = bars ? measured(part, signal, barsOf(bars)) : null;
  return (
    <section className={styles.part} aria-label={`How the value is made: ${words(part.name)}`}>
      <h3>The value</h3>
      <div className={styles.two}>
        <Figure part={part} working={working} again={again} signal={signal} />
        <Value part={part} working={working} />
      </div>
    </section>
  );
}

function Figure({
  part,
  working,
  again,
  signal,
}: {
  part: Contribution;
  working: Working;
  again: Measured | null;
  signal: WholeSignal;
}) {
  if (again === null) {
    return (
      <div>
        <Equation
          parts={
            part.name === "gap" ? [["Last close of the session before", signal.last_close]] : []
          }
          result={["Figure", figureTold(part)]}
        />
        <p className={styles.quiet}>
          {capital(working.figure)}. It looks at more bars than are shown here; it stands as it is
          stored.
        </p>
      </div>
    );
  }
  return (
    <div>
      <div className={styles.spark}>
        <Sparkline
          values={again.bars.map((bar) => bar.close)}
          label={`The ${again.bars.length} bars of its look-back`}
        />
      </div>
      <Equation
        parts={again.inputs.map(({ name, value, closedAt }) => [name, value, closedAt] as const)}
        result={["Figure", figureTold(part)]}
      />
      <p className={styles.formula}>{again.formula}</p>
      <Check good={again.equals}>
        {again.equals
          ? "From the stored bars again: the same, to six decimals"
          : `From the bars as they are stored now it is ${signed(again.figure, 6)}: one was corrected or adjusted since`}
      </Check>
    </div>
  );
}

function Value({ part, working }: { part: Contribution; working: Working }) {
  return (
    <div>
      <p className={styles.quiet}>{capital(working.formula)}</p>
      <p className={styles.formula}>
        {working.numbers} = {signed(working.value ?? part.value, 6)}
      </p>
      {working.equals !== null && (
        <Check good={working.equals}>
          {working.equals
            ? "From the figure again: the stored value, to a millionth"
            : `The stored value is ${signed(part.value, 6)}`}
        </Check>
      )}
      {working.follows && <p className={styles.quiet}>{working.follows}</p>}
      {working.numbers.includes("squash") && (
        <p className={styles.quiet}>squash(x) = x ÷ √(1 + x²), which lies between −1 and 1.</p>
      )}
    </div>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

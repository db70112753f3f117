/** A component opened: what its value and its weight were made of. */

import type { ReactNode } from "react";
import { words } from "@/design/format";
import type { Contribution, WholeSignal } from "../api";
import { same, weighing } from "../sums";
import { Articles } from "./Articles";
import { Check } from "./Check";
import { Equation } from "./Equation";
import styles from "./Inside.module.css";
import { PriceWorking } from "./PriceWorking";

export function Inside({ part, signal }: { part: Contribution; signal: WholeSignal }) {
  const Working = WORKINGS[part.name] ?? PriceWorking;
  return (
    <div className={styles.inside}>
      <Working part={part} signal={signal} />
      <Weight part={part} signal={signal} />
      {part.name === "news" && (
        <div className={styles.whole}>
          <Articles signal={signal} value={part.value} />
        </div>
      )}
    </div>
  );
}

interface WorkingProps {
  part: Contribution;
  signal: WholeSignal;
}

const WORKINGS: Readonly<Record<string, (props: WorkingProps) => ReactNode>> = {
  news: NewsWorking,
  news_surprise: NewsWorking,
  forecast: ForecastWorking,
};

function ForecastWorking({ part }: WorkingProps) {
  return (
    <section className={styles.part} aria-label={`How the value is made: ${words(part.name)}`}>
      <h3>The value</h3>
      <p>
        The chance of a rise that models foretell, in the mean of those that beat the naive forecast
        on what came after they were learnt.
      </p>
      {part.figure != null && (
        <Equation
          parts={[
            ["2 × chance of a rise", 2 * part.figure],
            ["− 1", -1],
          ]}
          result={["Value", part.value]}
        />
      )}
    </section>
  );
}

function NewsWorking({ part, signal }: WorkingProps) {
  const halfLife = signal.basis?.half_life_hours;
  if (part.name === "news") {
    return (
      <section className={styles.part} aria-label={`How the value is made: ${words(part.name)}`}>
        <h3>The value</h3>
        <p>
          Each article adds its score, weighed by how much it is about {signal.symbol}, the model’s
          confidence, how far its outlet is trusted, and how fresh it is
          {halfLife != null && <> (half of it is gone after {halfLife} hours)</>}. A story told by
          many counts once, and no story carries more than half.
        </p>
        <p>The shares below add up to the value.</p>
      </section>
    );
  }
  const figure = part.figure;
  const factor = figure ? part.value / figure : null;
  return (
    <section className={styles.part} aria-label={`How the value is made: ${words(part.name)}`}>
      <h3>The value</h3>
      <p>
        The sentiment of the news now, less the symbol’s usual one over five days; drawn towards
        zero where there is little news.
      </p>
      {figure != null && (
        <Equation
          parts={[
            ["Difference of sentiment", figure],
            ["× n ÷ (n + 2)", factor],
          ]}
          result={["Value", part.value]}
        />
      )}
      <p className={styles.quiet}>
        n, the strength of the news, is not stored; its factor follows from the value. The same
        articles stand under “news”.
      </p>
    </section>
  );
}

function Weight({ part, signal }: WorkingProps) {
  const made = weighing(signal, part.name);
  return (
    <section className={styles.part} aria-label={`How the weight is made: ${words(part.name)}`}>
      <h3>The weight</h3>
      {made === null ? (
        <p>The strategy that weighed it was not stored by the version that made this signal.</p>
      ) : (
        <>
          <Equation
            parts={[
              [`${signal.strategy} gives ${words(part.name)}`, made.own],
              ...(made.factor === 1 ? [] : ([[`× regime ${signal.regime}`, made.factor]] as const)),
              ["÷ all that are present", made.sum],
            ]}
            result={["Weight", part.weight]}
          />
          <Check good={same((made.own * made.factor) / made.sum, part.weight)}>
            {same((made.own * made.factor) / made.sum, part.weight)
              ? "Divided again on this page: the same, to six decimals"
              : "Divided again on this page it is another"}
          </Check>
        </>
      )}
    </section>
  );
}

/** What made the signal of its inputs: the strategy as it was, and how news counted. */

import { words } from "@/design/format";
import { Fact, Facts, Panel } from "@/design/Panel";
import type { WholeSignal } from "../api";
import { definitionOf } from "../sums";
import styles from "./Basis.module.css";
import { Sentence } from "./Sentence";

export function Basis({ signal }: { signal: WholeSignal }) {
  const definition = definitionOf(signal);
  const { basis } = signal;
  if (!basis || !definition) {
    return (
      <Panel title="What made it">
        <p>What made it was not stored by the version that made this signal.</p>
      </Panel>
    );
  }
  const regime = definition.regimes.find((one) => one.name === signal.regime);
  return (
    <Panel title="What made it">
      <Facts>
        <Fact name="Strategy">{signal.strategy}</Fact>
        <Fact name="Regime">
          {regime
            ? `${regime.name}: ${Object.entries(regime.weights)
                .map(([name, factor]) => `${words(name)} × ${factor}`)
                .join(", ")}`
            : "none holds"}
        </Fact>
        <Fact name="Models, the preferred first">{basis.models.join(", ")}</Fact>
        <Fact name="Half of an article’s weight is gone after">{basis.half_life_hours} h</Fact>
        <Fact name="Trust in outlets">
          {Object.entries(basis.source_weights)
            .map(([outlet, weight]) => `${outlet} ${weight}`)
            .join(", ") || "1 for all"}
        </Fact>
        <Fact name="Formulas">number {basis.formulas}</Fact>
      </Facts>
      {signal.explanation.weights.map((sentence) => (
        <p key={sentence} className={styles.sentence}>
          <Sentence>{sentence}</Sentence>
        </p>
      ))}
      <p className={styles.sentence}>
        <code>fintech signals replay {signal.symbol}</code> computes it again of all this, to the
        last bit.
      </p>
    </Panel>
  );
}

/** A strategy's hit rate at each horizon: a range against 50 % and the naive rules, never alone. */

import { Badge, type Tone } from "@/design/Badge";
import { classes } from "@/design/classes";
import { count, share } from "@/design/format";
import type { Horizon, HorizonName, Strategy } from "../api";
import { after, EDGES, type Edge, edgeOf, interval, naiveRules, rangeOf, tooFew } from "../figures";
import { Explain } from "./Explain";
import styles from "./HorizonCards.module.css";
import { RangeBar, scaleFor } from "./RangeBar";

const TONES: Record<Edge, Tone> = {
  "too few": "plain",
  none: "accent",
  below: "fall",
  above: "rise",
  "above all": "rise",
};

interface HorizonCardsProps {
  strategy: Strategy;
  chosen: string;
  onChoose: (horizon: HorizonName) => void;
}

export function HorizonCards({ strategy, chosen, onChoose }: HorizonCardsProps) {
  const rates = strategy.horizons.flatMap((one) => [
    rangeOf(one.sign),
    ...naiveRules(one).map((rule) => rangeOf(rule.hit_rate)),
  ]);
  const scale = scaleFor(rates, 0.5, 0.06);
  return (
    <fieldset className={styles.all}>
      <legend className="visually-hidden">Horizon of {strategy.strategy}</legend>
      <div className={styles.cards}>
        {strategy.horizons.map((horizon) => (
          <Card
            key={horizon.horizon}
            horizon={horizon}
            scale={scale}
            group={strategy.strategy}
            chosen={horizon.horizon === chosen}
            onChoose={() => onChoose(horizon.horizon as HorizonName)}
          />
        ))}
      </div>
      <p className={styles.key}>
        <span className={styles.pair}>
          <span className={styles.reach} /> the score’s sign: hit rate with its 95 % interval
          <Explain what="hits" />
        </span>
        <span className={styles.pair}>
          <span className={styles.mark} /> always hold, the last change, a coin
          <Explain what="rules" />
        </span>
      </p>
    </fieldset>
  );
}

interface CardProps {
  horizon: Horizon;
  scale: readonly [number, number];
  group: string;
  chosen: boolean;
  onChoose: () => void;
}

function Card({ horizon, scale, group, chosen, onChoose }: CardProps) {
  const range = rangeOf(horizon.sign);
  const edge = edgeOf(horizon);
  const beside = naiveRules(horizon).flatMap((rule) => {
    const found = rangeOf(rule.hit_rate);
    return found ? [found.value] : [];
  });
  return (
    <label className={classes(styles.card, chosen && styles.chosen)}>
      <input
        type="radio"
        name={`horizon of ${group}`}
        className={styles.radio}
        checked={chosen}
        onChange={onChoose}
      />
      <span className={styles.head}>
        <span className={styles.name}>{after(horizon.horizon)}</span>
        <Badge tone={TONES[edge]}>{EDGES[edge]}</Badge>
      </span>
      <span className={range ? styles.range : styles.few}>
        {range ? interval(range) : tooFew(horizon.sign.windows)}
      </span>
      <RangeBar
        range={range}
        scale={scale}
        middle={0.5}
        beside={range ? beside : []}
        tall
        label={
          range
            ? `Hit rate ${share(range.value, 1)}, 95 % interval ${interval(range)}`
            : "No hit rate yet"
        }
      />
      <span className={styles.ends} aria-hidden="true">
        <span>{share(scale[0])}</span>
        <span>50 %</span>
        <span>{share(scale[1])}</span>
      </span>
      <span className={styles.foot}>
        {range ? (
          <>
            {share(range.value, 1)} of {count(horizon.sign.count)} hit, worth{" "}
            {count(horizon.sign.effective)} independent
          </>
        ) : (
          <>
            {count(horizon.count)} outcomes, {count(horizon.waiting)} wait
          </>
        )}
      </span>
    </label>
  );
}

/** The verdict first: of what, of which days, and whether there is anything in it. */

import { History, Radio } from "lucide-react";
import type { ReactNode } from "react";
import { Badge } from "@/design/Badge";
import { count, share } from "@/design/format";
import { Instant } from "@/design/Instant";
import type { Horizon, Review, Strategy } from "../api";
import { edgeOf, verdictOf } from "../figures";
import { Explain } from "./Explain";
import styles from "./Summary.module.css";

interface SummaryProps {
  review: Review;
  strategy: Strategy;
  horizon: Horizon;
  past: boolean;
}

export function Summary({ review, strategy, horizon, past }: SummaryProps) {
  return (
    <section className={styles.summary} aria-label="Verdict" data-edge={edgeOf(horizon)}>
      <p className={styles.verdict}>
        {verdictOf(horizon)} <Explain what="hits" />
      </p>
      <p className={styles.kind}>
        {review.live ? (
          <Badge tone="good">
            <Radio aria-hidden="true" size={12} /> Live
          </Badge>
        ) : (
          <Badge tone="warn">
            <History aria-hidden="true" size={12} /> Backfilled
          </Badge>
        )}
        <span>
          {review.live
            ? "What people were shown at the time, judged by the review that runs once a day."
            : "Computed afterwards: nobody acted on it, and whoever chose the watchlist knew what became of its companies. It flatters."}
        </span>
      </p>
      <dl className={styles.facts}>
        <Fact name="strategy">{strategy.strategy}</Fact>
        <Fact name="signals">{count(strategy.signals)}</Fact>
        <Fact name="symbols">{count(strategy.symbols)}</Fact>
        <Fact name="from">
          <Instant at={strategy.first} />
        </Fact>
        <Fact name="to">
          <Instant at={strategy.last} />
        </Fact>
        <Fact
          name={
            <>
              turnover <Explain what="turnover" />
            </>
          }
        >
          {share(strategy.turnover, 1)}
        </Fact>
      </dl>
      {past && (
        <p className={styles.note}>
          Signals up to the slot you look at. What came of them may have come after it.
        </p>
      )}
    </section>
  );
}

function Fact({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

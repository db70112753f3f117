/** Was it right? */

import { useQuery } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";
import { useSearchParams } from "react-router";
import { overviewQuery } from "@/api/shared";
import { Segments, SelectField } from "@/design/Field";
import { share } from "@/design/format";
import { Instant } from "@/design/Instant";
import { PageHead } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { useTitle } from "@/frame/title";
import { type Review, reviewQuery } from "./api";
import { HorizonPanel } from "./components/HorizonPanel";
import styles from "./components/Record.module.css";
import { Reliability } from "./components/Reliability";

export default function RecordPage() {
  useTitle("Track record");
  const [search, setSearch] = useSearchParams();
  const backfilled = search.get("of") === "backfilled";
  const symbol = search.get("symbol");
  const query = useQuery(reviewQuery(backfilled, symbol));
  const symbols = useQuery(overviewQuery(null)).data?.symbols ?? [];
  const set = (name: string, value: string) =>
    setSearch((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  return (
    <>
      <PageHead title="Track record">
        <Segments
          label="Which signals"
          value={backfilled ? "backfilled" : "live"}
          choices={[
            ["live", "Live"],
            ["backfilled", "Backfilled"],
          ]}
          onChoose={(of) => set("of", of === "live" ? "" : of)}
        />
        <SelectField
          bare
          label="Symbol"
          value={symbol ?? ""}
          onChange={(event) => set("symbol", event.target.value)}
        >
          <option value="">All symbols</option>
          {symbols.map((one) => (
            <option key={one.symbol}>{one.symbol}</option>
          ))}
        </SelectField>
      </PageHead>
      <Answer
        query={query}
        skeleton={
          <>
            <p>Every signal is compared with what came after; that takes some seconds.</p>
            <Skeleton height={260} lines={2} />
          </>
        }
      >
        {(review) => <Told review={review} backfilled={backfilled} />}
      </Answer>
    </>
  );
}

function Told({ review, backfilled }: { review: Review; backfilled: boolean }) {
  const some = review.strategies.some((one) => one.horizons.some((each) => each.count > 0));
  if (!some) {
    const signals = review.strategies.reduce((sum, one) => sum + one.signals, 0);
    return (
      <Empty icon={Hourglass} title="Nothing can be said yet.">
        {backfilled
          ? "No backfilled signal has an outcome; run a backfill."
          : `${signals} live signals wait for what comes after them. What the backfilled history shows is under “Backfilled”.`}
      </Empty>
    );
  }
  return (
    <div className={styles.stack}>
      <p>
        {backfilled
          ? "Backfilled: nobody acted on these signals, and whoever chose the watchlist knew what became of its companies."
          : "Live: what people were shown, by the first revision of each signal."}{" "}
        Nothing is taken off for spread and commission.
      </p>
      {review.strategies.map((strategy) => (
        <section key={strategy.strategy} className={styles.stack} aria-label={strategy.strategy}>
          <h2>
            {strategy.strategy}: {strategy.signals} signals of {strategy.symbols} symbols
          </h2>
          <p>
            <Instant at={strategy.first} /> to <Instant at={strategy.last} />
            {strategy.turnover != null &&
              ` · turnover ${share(strategy.turnover, 1)} of a position a signal`}{" "}
            · {strategy.looks} looks were taken, of which one in twenty finds something by chance
          </p>
          {strategy.horizons.map((horizon) => (
            <HorizonPanel key={horizon.horizon} horizon={horizon} />
          ))}
        </section>
      ))}
      {review.sentiment.length > 0 && <h2>Were the news scores right?</h2>}
      {review.sentiment.map((of) =>
        of.models.map((model) => (
          <Reliability key={`${of.horizon} ${model.group}`} of={model} horizon={of.horizon} />
        )),
      )}
    </div>
  );
}

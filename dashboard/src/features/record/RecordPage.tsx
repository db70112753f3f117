/** Was it right? What became of past signals, with how surely each figure says anything. */

import { useQuery } from "@tanstack/react-query";
import { Button } from "@/design/Button";
import { classes } from "@/design/classes";
import { PageHead } from "@/design/Panel";
import { Empty } from "@/design/States";
import { useTitle } from "@/frame/title";
import { type Review, reviewQuery, type Strategy } from "./api";
import { Backtests } from "./backtests/Backtests";
import { Buckets } from "./components/Buckets";
import { Calibrations } from "./components/Calibrations";
import { Coefficients } from "./components/Coefficients";
import { Controls } from "./components/Controls";
import { HorizonCards } from "./components/HorizonCards";
import { Reliability } from "./components/Reliability";
import { Rules } from "./components/Rules";
import { Lacking, Strategies } from "./components/Strategies";
import { Summary } from "./components/Summary";
import { Symbols } from "./components/Symbols";
import { NotNow, Waiting } from "./components/Waiting";
import { rangeOf } from "./figures";
import { Models } from "./forecasts/Models";
import styles from "./RecordPage.module.css";
import { useView, type View } from "./useView";

export default function RecordPage() {
  useTitle("Track record");
  const view = useView();
  const query = useQuery(reviewQuery(view.asked, view.past));
  const { asked } = view;
  const narrow =
    asked.strategy === null && asked.horizon === null
      ? () => view.set({ narrow: "true", horizon: view.horizon ?? "1 bar" })
      : null;
  return (
    <>
      <PageHead title="Track record">
        <Controls view={view} review={query.data} />
      </PageHead>
      {query.isError && (
        <NotNow error={query.error} retry={() => void query.refetch()} narrow={narrow} />
      )}
      {query.data && (
        <div
          className={classes(styles.page, (query.isPlaceholderData || query.isError) && styles.old)}
        >
          {query.isPlaceholderData && (
            <p role="status" className={styles.asking}>
              The review is being computed; what you see is the one before.
            </p>
          )}
          <Shown review={query.data} view={view} />
        </div>
      )}
      {query.isPending && <Waiting />}
      <Backtests
        opened={view.backtest}
        onOpen={(number) => view.set({ backtest: String(number) })}
      />
      <div className={styles.last}>
        <Models />
      </div>
    </>
  );
}

function Shown({ review, view }: { review: Review; view: View }) {
  const strategy =
    review.strategies.find((one) => one.strategy === view.strategy) ?? review.strategies[0];
  if (!strategy) return <Nothing review={review} view={view} />;
  return <Figures review={review} strategy={strategy} view={view} />;
}

function Figures({ review, strategy, view }: { review: Review; strategy: Strategy; view: View }) {
  const { horizons } = strategy;
  const horizon =
    horizons.find((one) => one.horizon === view.horizon) ??
    horizons.find((one) => rangeOf(one.sign)) ??
    horizons[0];
  if (!horizon) return <Nothing review={review} view={view} />;
  const sentiment = review.sentiment.find((one) => one.horizon === horizon.horizon);
  const none = horizons.every((one) => one.count === 0);
  return (
    <>
      <Summary review={review} strategy={strategy} horizon={horizon} past={view.past} />
      <HorizonCards
        strategy={strategy}
        chosen={horizon.horizon}
        onChoose={(name) => view.set({ horizon: name })}
      />
      {none ? (
        <TooEarly review={review} strategy={strategy} view={view} />
      ) : (
        <>
          <Rules horizon={horizon} />
          <div className={styles.halves}>
            <Buckets
              title="Return by fifth of the score"
              what="fifths"
              buckets={horizon.fifths}
              horizon={horizon}
            />
            <Buckets
              title="Return by action"
              what="actions"
              buckets={horizon.actions}
              horizon={horizon}
            />
          </div>
          <Reliability
            figures={sentiment}
            horizon={horizon.horizon}
            chosen={view.model}
            onChoose={(model) => view.set({ model })}
          />
          <div className={styles.halves}>
            <Coefficients horizon={horizon} looks={strategy.looks} />
            <Calibrations
              figures={sentiment}
              horizon={horizon.horizon}
              chosen={view.model}
              onChoose={(model) => view.set({ model })}
            />
          </div>
          <Symbols horizon={horizon} />
        </>
      )}
      <Strategies
        strategies={review.strategies}
        chosen={strategy.strategy}
        onChoose={(label) => view.set({ strategy: label })}
      />
      <Lacking strategy={strategy} />
    </>
  );
}

/** Signals are there and nothing has come of them yet. */
function TooEarly({ review, strategy, view }: { review: Review; strategy: Strategy; view: View }) {
  const first = strategy.horizons[0];
  return (
    <Empty title="Too few outcomes yet">
      <p>
        {first?.waiting ?? 0} signals wait for theirs. The first come {first?.horizon ?? "a bar"}{" "}
        after their signal and are settled by the daily review; a hit rate needs 30 windows of time.
      </p>
      {review.live && <SeeBackfilled view={view} />}
    </Empty>
  );
}

function Nothing({ review, view }: { review: Review; view: View }) {
  const { symbol, from, to } = view.asked;
  const limited = symbol !== null || from !== null || to !== null;
  return (
    <Empty title={review.live ? "No live signals here" : "No backfilled signals here"}>
      <p>
        {limited
          ? "Choose other days or all symbols; the record is of what was judged in them."
          : review.live
            ? "The first come with the next tick, and their outcomes a bar later."
            : "Fill a past month with fintech backfill, and its signals are judged here."}
      </p>
      {review.live && <SeeBackfilled view={view} />}
    </Empty>
  );
}

function SeeBackfilled({ view }: { view: View }) {
  return (
    <p className={styles.action}>
      <Button onClick={() => view.set({ backfilled: "true" })}>See the backfilled history</Button>
    </p>
  );
}

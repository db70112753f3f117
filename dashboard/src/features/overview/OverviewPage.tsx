/** The watchlist at a glance. */

import { useQuery } from "@tanstack/react-query";
import { Filter, ListPlus } from "lucide-react";
import { useDeferredValue } from "react";
import { useSearchParams } from "react-router";
import { overviewQuery } from "@/api/shared";
import { PageHead } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { useAt } from "@/frame/at";
import { useTitle } from "@/frame/title";
import { chosen, type Overview, wishOf } from "./api";
import { Choices } from "./components/Choices";
import { MarketCard } from "./components/MarketCard";
import { Summary } from "./components/Summary";
import styles from "./OverviewPage.module.css";
import { useSteadyOrder } from "./useSteadyOrder";

export default function OverviewPage() {
  useTitle("Overview");
  const query = useQuery(overviewQuery(useAt()));
  const [search, setSearch] = useSearchParams();
  const wish = wishOf(search);
  const choose = (name: string, value: string) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return (
    <>
      <PageHead title="Overview">
        <Choices wish={wish} onChoose={choose} />
      </PageHead>
      <Answer query={query} skeleton={<Waiting />}>
        {(overview) => <Cards overview={overview} search={search} />}
      </Answer>
    </>
  );
}

function Cards({ overview, search }: { overview: Overview; search: URLSearchParams }) {
  // Two hundred cards may take their time; what is typed and clicked meanwhile does not wait.
  const symbols = useDeferredValue(overview.symbols);
  const wish = wishOf(search);
  const { shown, moved, hold } = useSteadyOrder(chosen(symbols, wish), JSON.stringify(wish));
  if (overview.symbols.length === 0) {
    return (
      <Empty icon={ListPlus} title="Nothing is followed yet.">
        Follow a symbol with <code>fintech watchlist add AAPL</code>.
      </Empty>
    );
  }
  return (
    <>
      <Summary overview={overview} />
      {shown.length === 0 && (
        <Empty icon={Filter} title="No symbol is like that.">
          Choose every action and all symbols again.
        </Empty>
      )}
      <ul className={styles.cards} aria-label="Watchlist" {...hold}>
        {shown.map((glance) => (
          <MarketCard key={glance.symbol} glance={glance} />
        ))}
      </ul>
      {moved > 0 && (
        <p className={styles.moved} role="status">
          {moved} would stand elsewhere; the order stays while you point at it.
        </p>
      )}
    </>
  );
}

function Waiting() {
  return (
    <div className={styles.cards}>
      {["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => (
        <Skeleton key={key} height={218} />
      ))}
    </div>
  );
}

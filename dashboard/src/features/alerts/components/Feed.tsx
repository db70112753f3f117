/** What fires, live; and below it what has ended. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { CircleCheck, ListFilter } from "lucide-react";
import { useMemo } from "react";
import { Button } from "@/design/Button";
import { Answer, Empty, Skeleton } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { useAt } from "@/frame/at";
import { alertsQuery, type Definition, rulesQuery, type Wish } from "../api";
import type { Grouping } from "../groups";
import { AlertRow } from "./AlertRow";
import styles from "./Feed.module.css";
import { FeedFilters, useFeedWish } from "./FeedFilters";
import { OpenAlerts } from "./OpenAlerts";
import { SeverityTiles } from "./SeverityTiles";

/** The definitions of the rules there are, by name. */
function useDefinitions(): ReadonlyMap<string, Definition> {
  const rules = useQuery(rulesQuery).data;
  return useMemo(
    () => new Map((rules ?? []).map(({ name, definition }) => [name, definition])),
    [rules],
  );
}

export function Feed() {
  const { state, grouping, wish, isNarrow } = useFeedWish();
  const definitions = useDefinitions();
  const of = { wish, definitions };
  return (
    <>
      <SeverityTiles />
      <FeedFilters />
      {state !== "resolved" && <Open {...of} grouping={grouping} isNarrow={isNarrow} />}
      {state !== "open" && <Ended {...of} isAlone={state === "resolved"} />}
    </>
  );
}

interface Of {
  wish: Wish;
  definitions: ReadonlyMap<string, Definition>;
}

function Open({
  wish,
  definitions,
  grouping,
  isNarrow,
}: Of & { grouping: Grouping; isNarrow: boolean }) {
  const at = useAt();
  const query = useInfiniteQuery(alertsQuery("open", wish, at));
  const key = JSON.stringify([wish, at]);
  return (
    <section aria-label="Open alerts" className={styles.part}>
      <Answer query={query} skeleton={<Skeleton height={78} lines={4} />}>
        {({ pages }) => {
          const alerts = pages.flatMap((page) => page.items);
          if (alerts.length === 0) return <NothingOpen isNarrow={isNarrow} />;
          return (
            <OpenAlerts key={key} alerts={alerts} definitions={definitions} grouping={grouping} />
          );
        }}
      </Answer>
      <Older query={query} />
    </section>
  );
}

function Ended({ wish, definitions, isAlone }: Of & { isAlone: boolean }) {
  const query = useInfiniteQuery(alertsQuery("resolved", wish, useAt()));
  return (
    <section aria-label="Ended alerts" className={styles.part}>
      <Answer query={query} skeleton={<Skeleton height={66} lines={3} />}>
        {({ pages }) => {
          const alerts = pages.flatMap((page) => page.items);
          if (alerts.length === 0) {
            return isAlone ? (
              <Empty icon={ListFilter} title="No ended alert is like that.">
                Choose other filters above.
              </Empty>
            ) : null;
          }
          return (
            <>
              {!isAlone && <h2 className={styles.head}>Ended</h2>}
              <ul className={styles.rows} aria-label="Ended alerts">
                {alerts.map((alert) => (
                  <AlertRow
                    key={alert.alert_id}
                    alert={alert}
                    definition={definitions.get(alert.rule)}
                  />
                ))}
              </ul>
            </>
          );
        }}
      </Answer>
      <Older query={query} />
    </section>
  );
}

function NothingOpen({ isNarrow }: { isNarrow: boolean }) {
  const at = useAt();
  if (isNarrow) {
    return (
      <Empty icon={ListFilter} title="No open alert is like that.">
        Choose other filters above.
      </Empty>
    );
  }
  return (
    <Empty icon={CircleCheck} title={at === null ? "Nothing fires." : "Nothing fired then."}>
      <AtLink to="/alerts/rules" className={styles.link}>
        See what is watched for
      </AtLink>
    </Empty>
  );
}

interface OlderProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** The next page of a list, where there is one. */
export function Older({ query }: OlderProps) {
  if (!query.hasNextPage) return null;
  return (
    <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {query.isFetchingNextPage ? "Reading older ones" : "Show older ones"}
    </Button>
  );
}

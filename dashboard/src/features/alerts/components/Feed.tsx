/** What fires, live; and what fired. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { BellOff, CircleCheck } from "lucide-react";
import { useSearchParams } from "react-router";
import { Button } from "@/design/Button";
import { Segments, SelectField } from "@/design/Field";
import { Answer, Empty, Skeleton } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { useAt } from "@/frame/at";
import { alertsQuery, type Wish } from "../api";
import { AlertRow } from "./AlertRow";
import styles from "./Feed.module.css";

const SEVERITIES = ["info", "warning", "critical"] as const;

function wishOf(search: URLSearchParams): Wish {
  const severity = search.get("severity");
  const state = search.get("state");
  return {
    state: state === "resolved" ? "resolved" : state === "all" ? null : "open",
    rule: search.get("rule"),
    symbol: search.get("symbol"),
    severity: SEVERITIES.find((one) => one === severity) ?? null,
  };
}

export function Feed() {
  const [search, setSearch] = useSearchParams();
  const wish = wishOf(search);
  const query = useInfiniteQuery(alertsQuery(wish, useAt()));
  const choose = (name: string, value: string | null) =>
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: true },
    );
  const narrowed = [wish.rule, wish.symbol].filter((one) => one !== null);
  return (
    <>
      <div className={styles.choices}>
        <Segments
          label="State"
          value={wish.state ?? "all"}
          choices={[
            ["open", "Open"],
            ["resolved", "Ended"],
            ["all", "All"],
          ]}
          onChoose={(state) => choose("state", state === "open" ? null : state)}
        />
        <SelectField
          bare
          label="Severity"
          value={wish.severity ?? ""}
          onChange={(event) => choose("severity", event.target.value)}
        >
          <option value="">Every severity</option>
          {SEVERITIES.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </SelectField>
        {narrowed.length > 0 && (
          <Button
            look="quiet"
            onClick={() => {
              setSearch({}, { replace: true });
            }}
          >
            Only {narrowed.join(", ")}: show all again
          </Button>
        )}
      </div>
      <Answer query={query} skeleton={<Skeleton height={84} lines={4} />}>
        {({ pages }) => {
          const alerts = pages.flatMap((page) => page.items);
          if (alerts.length === 0) return <Nothing state={wish.state} />;
          return (
            <ul className={styles.feed} aria-label="Alerts">
              {alerts.map((alert) => (
                <AlertRow key={alert.alert_id} alert={alert} />
              ))}
            </ul>
          );
        }}
      </Answer>
      {query.hasNextPage && (
        <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show older ones
        </Button>
      )}
    </>
  );
}

function Nothing({ state }: { state: Wish["state"] }) {
  if (state === "open") {
    return (
      <Empty icon={CircleCheck} title="Nothing fires.">
        <AtLink to="/alerts/rules">See what is watched for</AtLink>
      </Empty>
    );
  }
  return (
    <Empty icon={BellOff} title="No alert is like that.">
      <AtLink to="/alerts/rules/new">Make a rule</AtLink>
    </Empty>
  );
}

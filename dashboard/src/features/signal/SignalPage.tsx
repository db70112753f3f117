/** One signal from bars and articles to the score: every number in it can be checked by eye. */

import { useQuery } from "@tanstack/react-query";
import { useParams, useSearchParams } from "react-router";
import { Problem } from "@/api/problem";
import { overviewQuery } from "@/api/shared";
import { moment } from "@/design/format";
import { AtExchange, Instant } from "@/design/Instant";
import { PageHead, Panel } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { useAt } from "@/frame/at";
import { useTitle } from "@/frame/title";
import { type Asked, signalQuery, type WholeSignal } from "./api";
import { Aftermath } from "./components/Aftermath";
import { AlertsCaused } from "./components/AlertsCaused";
import { Basis } from "./components/Basis";
import { Revisions } from "./components/Revisions";
import { Seen, Unknowns } from "./components/Seen";
import { SumTable } from "./components/SumTable";
import { Tools } from "./components/Tools";
import { Unknown } from "./components/Unknown";
import { Verdict } from "./components/Verdict";
import { asOf } from "./outcomes";
import "./print.css";
import styles from "./SignalPage.module.css";

function useAsked(): Asked {
  const { symbol = "", slotAt = "" } = useParams();
  const [search] = useSearchParams();
  return {
    symbol,
    slotAt,
    strategy: search.get("strategy"),
    revision: revisionOf(search.get("revision")),
    at: useAt(),
  };
}

/** The revision that the URL names; NaN where it is none that there could be. */
function revisionOf(named: string | null): number | null {
  if (named === null) return null;
  return /^[1-9]\d{0,8}$/.test(named) ? Number(named) : Number.NaN;
}

/** Why nothing need be asked for. */
function whyNone({ slotAt, revision, at }: Asked): string | null {
  if (at !== null && Date.parse(slotAt) > Date.parse(at)) {
    return "This signal did not exist yet at the slot you look at. Move the time machine, or go back to now.";
  }
  return Number.isNaN(revision) ? "There is no such revision." : null;
}

export default function SignalPage() {
  const asked = useAsked();
  const { symbol, slotAt, at } = asked;
  const instant = Date.parse(slotAt);
  const when = Number.isNaN(instant) ? slotAt : moment(slotAt);
  useTitle(`${symbol}, signal of ${when}`);
  const why = whyNone(asked);
  const query = useQuery({ ...signalQuery(asked), enabled: why === null });
  const overview = useQuery(overviewQuery(at)).data;
  const named = overview?.symbols.find((one) => one.symbol === symbol);
  const zone = overview?.markets.find((one) => one.mic === named?.mic)?.time_zone ?? null;
  const none = query.error instanceof Problem && [404, 422].includes(query.error.status);
  const signal = query.data && !none && why === null ? asOf(query.data, at) : undefined;
  return (
    <AtExchange zone={zone}>
      <PageHead
        title={
          <>
            <AtLink to={`/symbols/${encodeURIComponent(symbol)}`} className={styles.symbol}>
              {symbol}
            </AtLink>
            , signal of {Number.isNaN(instant) ? slotAt : <Instant at={slotAt} />}
          </>
        }
        beside={<span className={styles.name}>{named?.name}</span>}
      >
        {signal && <Tools signal={signal} />}
      </PageHead>
      {why !== null ? (
        <Unknown asked={asked} why={why} />
      ) : none ? (
        <Unknown asked={asked} why={query.error?.message ?? ""} />
      ) : (
        <Answer query={query} skeleton={<Waiting />}>
          {(told) => <Told signal={asOf(told, at)} at={at} />}
        </Answer>
      )}
    </AtExchange>
  );
}

function Told({ signal, at }: { signal: WholeSignal; at: string | null }) {
  return (
    <div className={styles.page}>
      <Verdict signal={signal} />
      <Panel
        title="How the score adds up"
        note="Each component adds its value × its weight. Open one to see what it was made of."
        flush
      >
        <SumTable signal={signal} />
      </Panel>
      <div className={styles.columns}>
        <div className={styles.column}>
          <Aftermath signal={signal} until={at} />
          <AlertsCaused signal={signal} until={at} />
          <Basis signal={signal} />
        </div>
        <div className={styles.column}>
          <Unknowns signal={signal} />
          <Seen signal={signal} />
        </div>
      </div>
      <Revisions signal={signal} />
    </div>
  );
}

function Waiting() {
  return (
    <div className={styles.page}>
      <Skeleton height={190} />
      <Skeleton height={470} />
      <Skeleton height={320} />
    </div>
  );
}

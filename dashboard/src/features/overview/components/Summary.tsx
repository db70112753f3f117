/** The first glance: what moved, what the system thinks, whether anything is wrong, how fresh. */

import { useQuery } from "@tanstack/react-query";
import { Bell, CircleCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { classes } from "@/design/classes";
import { Change } from "@/design/Figure";
import { duration, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { useNowAs } from "@/design/now";
import { AtLink } from "@/frame/AtLink";
import { type Glance, nextTickQuery, type Overview } from "../api";
import { ACTIONS, type Part, withChoices } from "../wish";
import styles from "./Summary.module.css";

export function Summary({ overview, past }: { overview: Overview; past: boolean }) {
  return (
    <dl className={styles.summary} aria-label="At a glance">
      <Fact name="Moved most">
        <Movers symbols={overview.symbols} />
      </Fact>
      <Fact name="Signals">
        <Signals symbols={overview.symbols} />
      </Fact>
      <Fact name="Attention">
        <Attention overview={overview} />
      </Fact>
      <Fact name={past ? "Slot" : "Newest slot"}>
        <Newest symbols={overview.symbols} />
        {!past && <NextTick />}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Movers({ symbols }: { symbols: readonly Glance[] }) {
  const pct = (glance: Glance) => glance.price?.change_pct ?? 0;
  const moved = symbols.filter((glance) => pct(glance) !== 0).sort((a, b) => pct(b) - pct(a));
  const [up, down] = [moved[0], moved.at(-1)];
  if (!up || !down) return <span>Nothing has moved</span>;
  return (
    <>
      {pct(up) > 0 && <Mover glance={up} />}
      {pct(down) < 0 && <Mover glance={down} />}
    </>
  );
}

function Mover({ glance }: { glance: Glance }) {
  return (
    <AtLink to={`/symbols/${encodeURIComponent(glance.symbol)}`} className={styles.mover}>
      <strong>{glance.symbol}</strong> <Change pct={glance.price?.change_pct} />
    </AtLink>
  );
}

function Signals({ symbols }: { symbols: readonly Glance[] }) {
  const counts = ACTIONS.map(
    (action) => [action, symbols.filter((one) => one.signal?.action === action).length] as const,
  ).filter(([, count]) => count > 0);
  if (counts.length === 0) return <span>None yet</span>;
  return (
    <>
      {counts.map(([action, count]) => (
        <Narrowed key={action} to={{ action }}>
          <strong>{count}</strong> {words(action)}
        </Narrowed>
      ))}
      <span className={styles.shares} aria-hidden="true">
        {counts.map(([action, count]) => (
          <span key={action} className={styles[action]} style={{ flexGrow: count }} />
        ))}
      </span>
    </>
  );
}

function Attention({ overview }: { overview: Overview }) {
  const alerts = overview.symbols.reduce((sum, glance) => sum + glance.open_alerts, 0);
  if (alerts === 0 && overview.stale === 0) {
    return (
      <span className={styles.well}>
        <CircleCheck aria-hidden="true" size={15} />
        No open alert, nothing stale
      </span>
    );
  }
  return (
    <>
      {alerts > 0 && (
        <AtLink to="/alerts" className={styles.warn}>
          <Bell aria-hidden="true" size={15} />
          <strong>{alerts}</strong> open {alerts === 1 ? "alert" : "alerts"}
        </AtLink>
      )}
      {overview.stale > 0 && (
        <Narrowed to={{ only: "stale" }} className={styles.warn}>
          <TriangleAlert aria-hidden="true" size={15} />
          <strong>{overview.stale}</strong> stale
        </Narrowed>
      )}
    </>
  );
}

function Newest({ symbols }: { symbols: readonly Glance[] }) {
  const newest = symbols.reduce((found, { signal }) => {
    return signal && signal.slot_at > found ? signal.slot_at : found;
  }, "");
  return newest ? <Instant at={newest} /> : <span>None yet</span>;
}

function NextTick() {
  const next = useQuery(nextTickQuery).data;
  return next ? <Until at={next} /> : null;
}

function Until({ at }: { at: string }) {
  const told = useNowAs((now) => {
    const seconds = (Date.parse(at) - now.getTime()) / 1000;
    return seconds > 0 ? `next in ${duration(Math.max(60, seconds))}` : "next is due";
  });
  return (
    <time dateTime={at} className={styles.next}>
      {told}
    </time>
  );
}

/** Shows only these; how they are sorted and shown stays. */
function Narrowed({
  to,
  className,
  children,
}: {
  to: Partial<Record<Part, string>>;
  className?: string | undefined;
  children: ReactNode;
}) {
  const [search] = useSearchParams();
  return (
    <Link
      to={{ search: `?${withChoices(search, to)}` }}
      replace
      preventScrollReset
      className={classes(styles.narrowed, className)}
    >
      {children}
    </Link>
  );
}

/** The first glance: what moved, what the system thinks, whether anything is wrong, how fresh. */

import { Change } from "@/design/Figure";
import { words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { AtLink } from "@/frame/AtLink";
import { ACTIONS, type Glance, type Overview } from "../api";
import styles from "./Summary.module.css";

export function Summary({ overview }: { overview: Overview }) {
  const { symbols } = overview;
  const moved = symbols
    .filter((glance) => glance.price?.change_pct != null)
    .sort((a, b) => (b.price?.change_pct ?? 0) - (a.price?.change_pct ?? 0));
  const counts = ACTIONS.map(
    (action) => [action, symbols.filter((one) => one.signal?.action === action).length] as const,
  ).filter(([, count]) => count > 0);
  const alerts = symbols.reduce((sum, glance) => sum + glance.open_alerts, 0);
  const newest = symbols
    .map((one) => one.signal?.slot_at ?? "")
    .sort()
    .at(-1);
  return (
    <dl className={styles.summary}>
      <div>
        <dt>Moved most</dt>
        <dd>
          {moved[0] && <Mover glance={moved[0]} />}
          {moved.length > 1 && moved.at(-1) && <Mover glance={moved.at(-1) as Glance} />}
          {moved.length === 0 && "No price yet"}
        </dd>
      </div>
      <div>
        <dt>Signals</dt>
        <dd>
          {counts.map(([action, count]) => (
            <span key={action}>
              <strong>{count}</strong> {words(action)}
            </span>
          ))}
          {counts.length === 0 && "None yet"}
        </dd>
      </div>
      <div>
        <dt>Attention</dt>
        <dd>
          {alerts > 0 ? (
            <AtLink to="/alerts" className={styles.warn}>
              <strong>{alerts}</strong> open {alerts === 1 ? "alert" : "alerts"}
            </AtLink>
          ) : (
            <span>No open alert</span>
          )}
          {overview.stale > 0 && (
            <AtLink to="/?only=stale" className={styles.warn}>
              <strong>{overview.stale}</strong> stale
            </AtLink>
          )}
        </dd>
      </div>
      <div>
        <dt>Newest slot</dt>
        <dd>{newest ? <Instant at={newest} /> : "–"}</dd>
      </div>
    </dl>
  );
}

function Mover({ glance }: { glance: Glance }) {
  return (
    <AtLink to={`/symbols/${encodeURIComponent(glance.symbol)}`} className={styles.mover}>
      <strong>{glance.symbol}</strong> <Change pct={glance.price?.change_pct} />
    </AtLink>
  );
}

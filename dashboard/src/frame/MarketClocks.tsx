/** Which exchanges trade, and when that changes. */

import { useQuery } from "@tanstack/react-query";
import { overviewQuery } from "@/api/shared";
import { Instant } from "@/design/Instant";
import { useAt } from "./at";
import styles from "./MarketClocks.module.css";

export function MarketClocks() {
  const markets = useQuery(overviewQuery(useAt())).data?.markets ?? [];
  return (
    <ul className={styles.clocks} aria-label="Exchanges">
      {markets.map((market) => (
        <li key={market.mic} className={styles.clock} data-open={market.open}>
          <span className={styles.dot} aria-hidden="true" />
          <strong>{market.mic}</strong>
          {market.open ? "open" : (market.why_closed ?? "closed")}
          {market.open && market.closes_at && (
            <span className={styles.when}>
              until <Instant at={market.closes_at} as="time" zone={market.time_zone} />
            </span>
          )}
          {!market.open && market.opens_at && (
            <span className={styles.when}>
              opens <Instant at={market.opens_at} zone={market.time_zone} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Where there is no such signal: why, and the nearest ones there are. */

import { useQuery } from "@tanstack/react-query";
import { SearchX } from "lucide-react";
import { Link, useSearchParams } from "react-router";
import { Instant } from "@/design/Instant";
import { Empty } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { type Asked, nearbyQuery } from "../api";
import { signalPath } from "../links";
import styles from "./Unknown.module.css";

export function Unknown({ asked, why }: { asked: Asked; why: string }) {
  const nearby = useQuery({ ...nearbyQuery(asked), retry: false }).data ?? [];
  const [search] = useSearchParams();
  return (
    <Empty icon={SearchX} title={why}>
      {nearby.length > 0 && (
        <nav aria-label="The nearest signals" className={styles.nearby}>
          <p>The nearest signals of {asked.symbol}:</p>
          <ul>
            {nearby.map((slotAt) => (
              <li key={slotAt}>
                <Link to={signalPath(asked.symbol, slotAt, search)} className={styles.slot}>
                  <Instant at={slotAt} />
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <p>
        <AtLink to={`/symbols/${encodeURIComponent(asked.symbol)}`} className={styles.link}>
          Go to {asked.symbol}
        </AtLink>{" "}
        or{" "}
        <AtLink to="/" className={styles.link}>
          to the overview
        </AtLink>
        .
      </p>
    </Empty>
  );
}

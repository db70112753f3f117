/** The watchlist at a glance. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { overviewQuery } from "@/api/shared";
import { PageHead } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { FollowButton } from "@/features/watchlist/shared";
import { useAt } from "@/frame/at";
import { useParamsHeld } from "@/frame/params";
import { useTitle } from "@/frame/title";
import { Choices } from "./components/Choices";
import { Glances } from "./components/Glances";
import styles from "./OverviewPage.module.css";
import { type Part, wishOf } from "./wish";

const NONE: readonly string[] = [];

export default function OverviewPage() {
  useTitle("Overview");
  const at = useAt();
  const query = useQuery(overviewQuery(at));
  const [search, choose] = useParamsHeld<Part>();
  const wish = useMemo(() => wishOf(search), [search]);
  const symbols = query.data?.symbols;
  const tags = useMemo(
    () => (symbols ? [...new Set(symbols.flatMap((one) => one.tags))].sort() : NONE),
    [symbols],
  );
  return (
    <>
      <PageHead title="Overview" beside={<FollowButton tags={tags} />}>
        {symbols?.length !== 0 && <Choices wish={wish} tags={tags} onChoose={choose} />}
      </PageHead>
      <Answer query={query} skeleton={<Waiting />}>
        {(overview) => (
          <Glances
            overview={overview}
            wish={wish}
            tags={tags}
            past={at !== null}
            onChoose={choose}
          />
        )}
      </Answer>
    </>
  );
}

function Waiting() {
  return (
    <>
      <div className={styles.waiting}>
        <Skeleton height={68} />
      </div>
      <div className={styles.cards}>
        {["a", "b", "c", "d", "e", "f", "g", "h"].map((key) => (
          <Skeleton key={key} height={212} />
        ))}
      </div>
    </>
  );
}

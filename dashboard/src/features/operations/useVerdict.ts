/** What is wrong, as of now; each part is asked once, whoever shows it. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNow } from "@/design/now";
import { clusterQuery, freshnessQuery, quotasQuery, readinessQuery, runsQuery } from "./api";
import { type Finding, findings } from "./verdict";

export interface Verdict {
  findings: readonly Finding[];
  /** What could not be read, so that nobody knows about it. */
  unread: readonly string[];
  /** Whether something is not read yet. */
  pending: boolean;
}

export function useVerdict(): Verdict {
  const now = useNow();
  const freshness = useQuery(freshnessQuery);
  const runs = useInfiniteQuery(runsQuery);
  const quotas = useQuery(quotasQuery);
  const cluster = useQuery(clusterQuery);
  const readiness = useQuery(readinessQuery);
  const parts = { freshness, runs, quotas, cluster, readiness };
  const found = findings(
    {
      freshness: freshness.data,
      runs: runs.data?.pages.flatMap((page) => page.items),
      quotas: quotas.data?.providers,
      cluster: cluster.data,
      readiness: readiness.data,
    },
    now,
  );
  const all = Object.entries(parts);
  return {
    findings: found,
    unread: all.filter(([, { isError }]) => isError).map(([name]) => name),
    pending: all.some(([, { isPending }]) => isPending),
  };
}

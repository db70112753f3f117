/** The models that were trained, and whether they are of any use. */

import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, ask, type Told } from "@/api/client";
import { Badge } from "@/design/Badge";
import { count, share, signed, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { Explain } from "../components/Explain";
import styles from "./Models.module.css";

type Model = Told<"ModelShown">;

const modelsQuery = queryOptions({
  queryKey: ["forecasts", "models"],
  staleTime: 5 * 60_000,
  queryFn: ({ signal }) => ask(api.GET("/api/v1/forecasts/models", { signal })),
});

/** Of each target the newest; older ones are as they were judged then. */
export function newestOfEach(models: readonly Model[]): Model[] {
  const seen = new Set<string>();
  return models.filter(({ interval, target }) => {
    const what = `${interval} ${target}`;
    if (seen.has(what)) return false;
    seen.add(what);
    return true;
  });
}

export function Models() {
  const query = useQuery(modelsQuery);
  return (
    <Panel
      title="What models foretell"
      aside={<Explain what="edge" />}
      note="Learnt once a week of what is stored. One weighs in signals only while it beats the naive forecast on what came after it was learnt."
      flush
    >
      <Answer query={query} skeleton={<Skeleton height={120} />}>
        {({ items, simulated }) =>
          items.length === 0 ? (
            <Empty title="No model yet">
              <p>
                <code>fintech signals forecast train</code> learns the first; every Sunday each is
                learnt anew.
              </p>
            </Empty>
          ) : (
            <Table
              caption={`The newest model of each target${simulated ? ", of simulated prices" : ""}`}
              columns={COLUMNS}
              rows={newestOfEach(items)}
              rowKey={(one) => one.id}
            />
          )
        }
      </Answer>
    </Panel>
  );
}

const COLUMNS: Column<Model>[] = [
  {
    key: "target",
    head: "foretells",
    cell: (one) => (
      <div className={styles.target}>
        <strong>{words(one.target)}</strong>
        <p className={styles.soft}>
          bars of {one.interval}, {one.learner}
        </p>
      </div>
    ),
  },
  {
    key: "verdict",
    head: "verdict",
    cell: (one) => (
      <div className={styles.verdict}>
        <Badge tone={one.has_edge ? "good" : "plain"}>{one.has_edge ? "edge" : "no edge"}</Badge>
        <p className={styles.soft}>{one.verdict.sentence}</p>
      </div>
    ),
  },
  {
    key: "skill",
    head: "skill",
    number: true,
    cell: ({ verdict }) => (verdict.skill === null ? "–" : `${signed(100 * verdict.skill)} %`),
  },
  { key: "t", head: "t", number: true, cell: ({ verdict }) => signed(verdict.t, 1) },
  {
    key: "trained",
    head: "trained",
    wide: true,
    cell: (one) => (
      <>
        <Instant at={one.trained_at} />
        <p className={styles.soft}>of {count(one.samples)} samples</p>
      </>
    ),
  },
  {
    key: "since",
    head: "since then",
    number: true,
    wide: true,
    cell: ({ score }) =>
      score.known === 0 ? (
        <span className={styles.soft}>{count(score.foretold)} foretold, none known yet</span>
      ) : score.hits === null ? (
        `${count(score.known)} known`
      ) : (
        `${share(score.hits, 1)} right of ${count(score.known)}`
      ),
  },
];

/** The runs, the newest first: how each went and how long it took. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "@/design/Button";
import { Segments } from "@/design/Field";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { oneOf, useParamsHeld } from "@/frame/params";
import { ended, type RunShown, runsQuery } from "../api";
import { took, whatOf } from "../runs";
import styles from "./lists.module.css";
import { RunStatus } from "./RunStatus";
import { ShareBar } from "./ShareBar";

type Which = "all" | "failed" | "open";

const MATCHES: Record<Which, (run: RunShown) => boolean> = {
  all: () => true,
  failed: (run) => run.status === "failure" || run.status === "canceled",
  open: (run) => !ended(run.status),
};

export function RunsTab() {
  const query = useInfiniteQuery(runsQuery);
  const [search, choose] = useParamsHeld<"runs">();
  const which: Which = oneOf(search.get("runs"), ["failed", "open"]) ?? "all";
  return (
    <Panel
      title="Runs"
      flush
      aside={
        <Segments
          label="Which runs"
          value={which}
          choices={[
            ["all", "All"],
            ["failed", "Failed"],
            ["open", "Not ended"],
          ]}
          onChoose={(chosen) => choose({ runs: chosen === "all" ? null : chosen })}
        />
      }
    >
      <Answer query={query} skeleton={<Skeleton height={36} lines={10} />}>
        {({ pages }) => (
          <Runs runs={pages.flatMap((page) => page.items).filter(MATCHES[which])} which={which} />
        )}
      </Answer>
      {query.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Older runs
          </Button>
        </div>
      )}
    </Panel>
  );
}

function Runs({ runs, which }: { runs: readonly RunShown[]; which: Which }) {
  if (runs.length === 0) {
    const text = {
      all: "No run yet. Ask for a tick under freshness and slots.",
      failed: "None of the runs that are shown failed. Older ones may have.",
      open: "No run is under way or waits.",
    };
    return <Empty title={text[which]} />;
  }
  const longest = Math.max(...runs.map((run) => run.duration_seconds ?? 0));
  return (
    <Table
      caption="Runs, the newest first"
      columns={columns(longest)}
      rows={runs}
      rowKey={(run) => run.run_id}
    />
  );
}

function columns(longest: number): readonly Column<RunShown>[] {
  return [
    { key: "status", head: "Status", cell: (run) => <RunStatus status={run.status} /> },
    {
      key: "what",
      head: "Run",
      cell: (run) => (
        <AtLink to={`/operations/runs/${run.run_id}`} className={styles.link}>
          {whatOf(run)}
        </AtLink>
      ),
    },
    { key: "id", head: "Id", wide: true, cell: (run) => <code>{run.run_id.slice(0, 8)}</code> },
    { key: "asked", head: "Asked for", wide: true, cell: (run) => <Instant at={run.created_at} /> },
    { key: "started", head: "Started", wide: true, cell: (run) => <Instant at={run.started_at} /> },
    {
      key: "took",
      head: "Took",
      number: true,
      cell: (run) => (
        <ShareBar
          share={(run.duration_seconds ?? 0) / Math.max(longest, 1)}
          tone={run.status === "failure" ? "critical" : "accent"}
        >
          {took(run.duration_seconds)}
        </ShareBar>
      ),
    },
  ];
}

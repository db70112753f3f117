/** One run: its steps over time, why it failed, what its checks found, and Dagster's own page. */

import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, ExternalLink } from "lucide-react";
import { configQuery } from "@/api/config";
import { words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { useNow } from "@/design/now";
import { Fact, Facts, Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { type RunShown, runQuery } from "../api";
import { placed, took, whatOf } from "../runs";
import styles from "./RunPage.module.css";
import { RunStatus } from "./RunStatus";

type Step = NonNullable<RunShown["steps"]>[number];

export function RunPage({ runId }: { runId: string }) {
  const query = useQuery(runQuery(runId));
  return (
    <>
      <p className={styles.back}>
        <AtLink to="/operations/runs">
          <ArrowLeft aria-hidden="true" size={14} /> All runs
        </AtLink>
      </p>
      <Answer query={query} skeleton={<Skeleton height={200} lines={2} />}>
        {(run) => <Run run={run} />}
      </Answer>
    </>
  );
}

function Run({ run }: { run: RunShown }) {
  const faults = run.faults;
  return (
    <div className={styles.parts}>
      <Panel
        title={<span className={styles.title}>{whatOf(run)}</span>}
        aside={
          <>
            <RunStatus status={run.status} />
            <InDagster runId={run.run_id} />
          </>
        }
      >
        {run.reason && (
          <p role="alert" className={styles.reason}>
            {run.reason}
          </p>
        )}
        <Facts>
          <Fact name="Run">
            <code>{run.run_id}</code>
          </Fact>
          <Fact name="Job">{run.job}</Fact>
          <Fact name="Asked for">
            <Instant at={run.created_at} />
          </Fact>
          <Fact name="Started">
            <Instant at={run.started_at} />
          </Fact>
          <Fact name="Ended">
            <Instant at={run.ended_at} />
          </Fact>
          <Fact name="Took">{took(run.duration_seconds)}</Fact>
        </Facts>
      </Panel>
      <Panel title="Steps" flush>
        <Steps run={run} />
      </Panel>
      <Panel title="What its checks found" note="In its input; the run itself may have succeeded.">
        {faults.length === 0 ? (
          <p className={styles.soft}>Nothing.</p>
        ) : (
          <ul className={styles.faults}>
            {faults.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}

function Steps({ run }: { run: RunShown }) {
  const steps = run.steps;
  const now = useNow();
  if (steps.length === 0) return <Empty title="No step has begun." />;
  const from = Date.parse(run.started_at ?? run.created_at);
  const to = run.ended_at === null ? now.getTime() : Date.parse(run.ended_at);
  const columns: readonly Column<Step>[] = [
    { key: "step", head: "Step", cell: ({ step }) => words(step) },
    { key: "status", head: "Status", cell: ({ status }) => <RunStatus status={status} /> },
    {
      key: "when",
      head: "When, within the run",
      wide: true,
      cell: (step) => <Span step={step} whole={[from, to]} />,
    },
    { key: "attempts", head: "Attempts", number: true, wide: true, cell: (step) => step.attempts },
    { key: "took", head: "Took", number: true, cell: (step) => took(step.duration_seconds) },
  ];
  return (
    <Table caption="Steps of the run" columns={columns} rows={steps} rowKey={({ step }) => step} />
  );
}

function Span({ step, whole }: { step: Step; whole: readonly [number, number] }) {
  if (step.started_at === null) return null;
  const { left, width } = placed(step.started_at, step.ended_at, whole);
  return (
    <span className={styles.lane} aria-hidden="true">
      <span
        className={styles.span}
        data-status={step.status}
        style={{ insetInlineStart: `${left}%`, width: `${width}%` }}
      />
    </span>
  );
}

function InDagster({ runId }: { runId: string }) {
  const url = useQuery(configQuery).data?.dagster_url;
  if (!url) return null;
  return (
    <a
      className={styles.outside}
      href={`${url}/runs/${encodeURIComponent(runId)}`}
      target="_blank"
      rel="noreferrer"
    >
      Open in Dagster <ExternalLink aria-hidden="true" size={14} />
      <span className="visually-hidden"> (in a new tab)</span>
    </a>
  );
}

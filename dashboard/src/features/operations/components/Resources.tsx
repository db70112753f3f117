/** The objects of the release in Kubernetes, a table a kind; what is not healthy first. */

import type { Told } from "@/api/client";
import { Badge } from "@/design/Badge";
import { bytes, count, duration } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Empty } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import styles from "./ClusterTab.module.css";

type Resource = Told<"ResourceShown">;

const KINDS: readonly (readonly [Resource["kind"], string])[] = [
  ["Pod", "Pods"],
  ["Deployment", "Deployments"],
  ["StatefulSet", "Stateful sets"],
  ["HorizontalPodAutoscaler", "Autoscalers"],
  ["Job", "Jobs"],
  ["CronJob", "Cron jobs"],
  ["PersistentVolumeClaim", "Volumes"],
];

const COMMON: readonly Column<Resource>[] = [
  {
    key: "health",
    head: "Status",
    cell: (one) => <Badge tone={one.healthy ? "good" : "critical"}>{one.status}</Badge>,
  },
  { key: "name", head: "Name", cell: (one) => <strong>{one.name}</strong> },
  { key: "component", head: "Part", wide: true, cell: (one) => one.component ?? "–" },
];
const AGE: Column<Resource> = {
  key: "age",
  head: "Age",
  number: true,
  cell: (one) => duration(one.age_seconds),
};
const OF_PODS: readonly Column<Resource>[] = [
  {
    key: "cpu",
    head: "Cores",
    number: true,
    cell: (one) => one.cpu_cores?.toFixed(2) ?? "–",
  },
  { key: "memory", head: "Memory", number: true, cell: (one) => bytes(one.memory_bytes) },
  {
    key: "restarts",
    head: "Restarts",
    number: true,
    cell: (one) => count(one.restarts),
  },
  {
    key: "end",
    head: "Ended last",
    wide: true,
    cell: ({ last_end }) =>
      last_end ? (
        <>
          {last_end.reason} ({last_end.exit_code}), <Instant at={last_end.ended_at} />
        </>
      ) : (
        "–"
      ),
  },
  { key: "node", head: "Node", wide: true, cell: (one) => one.node ?? "–" },
  {
    key: "images",
    head: "Images",
    wide: true,
    cell: (one) => <span className={styles.images}>{(one.images ?? []).join(", ")}</span>,
  },
];

export function Resources({ resources }: { resources: readonly Resource[] }) {
  if (resources.length === 0) {
    return <Empty title="No object of the release can be seen." />;
  }
  return KINDS.map(([kind, name]) => {
    const rows = resources
      .filter((one) => one.kind === kind)
      .sort((a, b) => Number(a.healthy) - Number(b.healthy) || a.name.localeCompare(b.name));
    if (rows.length === 0) return null;
    return (
      <Panel key={kind} title={name} aside={rows.length} flush>
        <Table
          caption={`${name} of the release`}
          columns={[...COMMON, ...(kind === "Pod" ? OF_PODS : []), AGE]}
          rows={rows}
          rowKey={(one) => one.name}
        />
      </Panel>
    );
  });
}

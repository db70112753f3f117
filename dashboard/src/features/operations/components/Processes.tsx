/** The processes of `fintech up` on this machine. */

import type { Told } from "@/api/client";
import { bytes, duration } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Empty } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { ShareBar } from "./ShareBar";

type Process = Told<"ProcessShown">;

export function Processes({ processes }: { processes: readonly Process[] }) {
  const largest = Math.max(1, ...processes.map(({ memory_bytes }) => memory_bytes));
  const columns: readonly Column<Process>[] = [
    { key: "role", head: "Process", cell: (one) => <strong>{one.role}</strong> },
    { key: "status", head: "Status", cell: (one) => one.status },
    { key: "pid", head: "Number", number: true, wide: true, cell: (one) => one.pid },
    { key: "age", head: "Up for", number: true, cell: (one) => duration(one.age_seconds) },
    {
      key: "cpu",
      head: "Of a core",
      number: true,
      cell: (one) => (one.cpu_pct === null ? "–" : `${one.cpu_pct.toFixed(0)} %`),
    },
    {
      key: "memory",
      head: "Memory",
      number: true,
      cell: (one) => (
        <ShareBar share={one.memory_bytes / largest}>{bytes(one.memory_bytes)}</ShareBar>
      ),
    },
  ];
  const all = processes.reduce((sum, { memory_bytes }) => sum + memory_bytes, 0);
  return (
    <Panel title="Processes" aside={`${processes.length}, with ${bytes(all)}`} flush>
      {processes.length === 0 ? (
        <Empty title="No process of ours was found on this machine." />
      ) : (
        <Table
          caption="Processes on this machine"
          columns={columns}
          rows={[...processes].sort((a, b) => b.memory_bytes - a.memory_bytes)}
          rowKey={(one) => one.pid}
        />
      )}
    </Panel>
  );
}

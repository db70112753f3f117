/** The database: how big, how busy, and how far a replica is behind. */

import type { Told } from "@/api/client";
import { bytes, compact, count, duration } from "@/design/format";
import { Fact, Facts, Panel } from "@/design/Panel";
import { Empty } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import styles from "./ClusterTab.module.css";
import { Meter, ShareBar } from "./ShareBar";

type TableShown = Told<"TableShown">;

export function DatabasePanel({ cluster }: { cluster: Told<"ClusterShown"> }) {
  const { database } = cluster;
  if (database === null) {
    return (
      <Panel title="Database">
        <Empty title="The database does not answer.">{cluster.database_problem}</Empty>
      </Panel>
    );
  }
  const largest = Math.max(1, ...database.tables.map(({ size_bytes }) => size_bytes));
  const columns: readonly Column<TableShown>[] = [
    { key: "name", head: "Table", cell: (table) => <code>{table.name}</code> },
    {
      key: "rows",
      head: "Rows, about",
      number: true,
      cell: (table) => compact(table.rows_about),
    },
    {
      key: "size",
      head: "Size",
      number: true,
      cell: (table) => (
        <ShareBar share={table.size_bytes / largest}>{bytes(table.size_bytes)}</ShareBar>
      ),
    },
  ];
  return (
    <Panel title="Database" aside={`PostgreSQL ${database.version}`} flush>
      <div className={styles.database}>
        <div className={styles.facts}>
          <Meter
            label="Connections"
            used={database.connections}
            most={database.connections_most}
            told={`${count(database.connections)} of ${count(database.connections_most)}`}
          />
          <Facts>
            <Fact name="Size">{bytes(database.size_bytes)}</Fact>
            <Fact name="Oldest open transaction">
              {database.oldest_transaction_seconds
                ? duration(database.oldest_transaction_seconds)
                : "none"}
            </Fact>
            <Fact name="Replicas that follow">{count(database.replicas)}</Fact>
            <Fact name="Reads go to">{cluster.replica_used ? "a replica" : "the primary"}</Fact>
            <Fact name="Replica is behind">
              {cluster.replica_lag_seconds === null
                ? "nobody knows, or there is none"
                : `${cluster.replica_lag_seconds.toFixed(1)} s`}
            </Fact>
          </Facts>
        </div>
        <Table
          caption="The biggest tables"
          columns={columns}
          rows={database.tables}
          rowKey={(table) => table.name}
        />
      </div>
    </Panel>
  );
}

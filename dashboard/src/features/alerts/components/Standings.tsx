/** Where a rule stands with the subjects that are not calm. */

import { Badge } from "@/design/Badge";
import { words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import type { Standing } from "../api";

const COLUMNS: readonly Column<Standing>[] = [
  {
    key: "subject",
    head: "About",
    cell: (one) =>
      one.alert_id === null ? (
        one.subject
      ) : (
        <AtLink to={`/alerts/${one.alert_id}`}>
          <strong>{one.subject}</strong>
        </AtLink>
      ),
  },
  {
    key: "phase",
    head: "Stands",
    cell: (one) => (
      <Badge tone={one.phase === "firing" ? "warn" : "plain"}>{words(one.phase)}</Badge>
    ),
  },
  { key: "since", head: "Since", cell: (one) => <Instant at={one.active_since} />, wide: true },
  { key: "why", head: "Why", cell: (one) => one.reason },
];

export function Standings({ standings }: { standings: readonly Standing[] }) {
  return (
    <Panel title="How it stands now" flush>
      <Table
        caption="Subjects that are not calm"
        columns={COLUMNS}
        rows={standings}
        rowKey={(one) => one.subject}
      />
    </Panel>
  );
}

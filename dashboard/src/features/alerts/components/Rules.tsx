/** What is watched for. */

import { useQuery } from "@tanstack/react-query";
import { BellPlus, Plus } from "lucide-react";
import { useNavigate } from "react-router";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Rule, rulesQuery } from "../api";

const COLUMNS: readonly Column<Rule>[] = [
  {
    key: "name",
    head: "Rule",
    cell: (one) => (
      <AtLink to={`/alerts/rules/${encodeURIComponent(one.name)}`}>
        <strong>{one.name}</strong>
      </AtLink>
    ),
  },
  { key: "sentence", head: "What it does", cell: (one) => one.sentence },
  {
    key: "state",
    head: "Now",
    cell: (one) => {
      if (one.error) return <Badge tone="critical">{one.error}</Badge>;
      if (one.firing) return <Badge tone="warn">{one.firing} firing</Badge>;
      return one.pending ? <Badge>{one.pending} pending</Badge> : <Badge tone="good">quiet</Badge>;
    },
  },
];

export function Rules() {
  const query = useQuery(rulesQuery);
  const why = useWhyNoEdit();
  const navigate = useNavigate();
  return (
    <Panel
      title="Rules"
      flush
      aside={
        <Button
          look="main"
          icon={Plus}
          disabled={why !== null}
          title={why ?? undefined}
          onClick={() => void navigate("/alerts/rules/new")}
        >
          New rule
        </Button>
      }
    >
      <Answer query={query} skeleton={<Skeleton height={40} lines={5} />}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon={BellPlus} title="Nothing is watched for yet.">
              A rule tells people when a price, a signal or the watch itself does what it names.
            </Empty>
          ) : (
            <Table caption="Rules" columns={COLUMNS} rows={items} rowKey={(one) => one.name} />
          )
        }
      </Answer>
    </Panel>
  );
}

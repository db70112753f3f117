/** What is watched for. */

import { useQuery } from "@tanstack/react-query";
import { BellPlus, Plus } from "lucide-react";
import { Link, useNavigate } from "react-router";
import { Badge, SeverityBadge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Rule, rulesQuery } from "../api";
import { OnlyNow } from "./OnlyNow";
import styles from "./Rules.module.css";

const names = (value: unknown) => (Array.isArray(value) ? value.map(String).join(", ") : "");
const severityOf = ({ definition }: Rule) =>
  typeof definition.severity === "string" ? definition.severity : "warning";

function Now({ rule }: { rule: Rule }) {
  if (rule.error !== null) return <Badge tone="critical">cannot be read</Badge>;
  if (rule.definition.enabled === false) return <Badge>switched off</Badge>;
  if (rule.firing > 0) {
    return (
      <AtLink to={`/alerts?${new URLSearchParams({ rule: rule.name })}`}>
        <Badge tone="warn">{rule.firing} firing</Badge>
      </AtLink>
    );
  }
  return rule.pending > 0 ? <Badge>{rule.pending} pending</Badge> : <Badge tone="good">calm</Badge>;
}

const COLUMNS: readonly Column<Rule>[] = [
  {
    key: "name",
    head: "Rule",
    cell: (one) => (
      <>
        <AtLink to={`/alerts/rules/${encodeURIComponent(one.name)}`} className={styles.name}>
          {one.name}
        </AtLink>
        <p className={styles.says}>{one.error ?? one.sentence}</p>
      </>
    ),
  },
  {
    key: "severity",
    head: "Severity",
    cell: (one) => <SeverityBadge severity={severityOf(one)} />,
    wide: true,
  },
  { key: "tells", head: "Tells", cell: (one) => names(one.definition.notify), wide: true },
  { key: "now", head: "Now", cell: (one) => <Now rule={one} /> },
];

export function Rules() {
  const query = useQuery(rulesQuery);
  const why = useWhyNoEdit();
  const navigate = useNavigate();
  return (
    <>
      <OnlyNow what="Rules" />
      <Panel
        title="Rules"
        note="Each is looked at every half hour, when the slot’s signals are there."
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
        <Answer query={query} skeleton={<Skeleton height={52} lines={5} />}>
          {(rules) =>
            rules.length === 0 ? (
              <Empty icon={BellPlus} title="Nothing is watched for yet.">
                A rule tells people when a price, a signal or the watch itself does what it names.{" "}
                {why === null && <Link to="/alerts/rules/new">Make the first one.</Link>}
              </Empty>
            ) : (
              <Table caption="Rules" columns={COLUMNS} rows={rules} rowKey={(one) => one.name} />
            )
          }
        </Answer>
      </Panel>
    </>
  );
}

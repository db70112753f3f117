/** The messages: what left, what waits, what went wrong. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Badge, SeverityBadge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { usd } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { AtLink } from "@/frame/AtLink";
import { type Delivery, deliveriesQuery } from "../api";

const TONES: Record<string, Tone> = {
  sent: "good",
  delivered: "good",
  accepted: "accent",
  unknown: "warn",
  failed: "critical",
};

export function ProgressBadge({ progress }: { progress: string }) {
  return <Badge tone={TONES[progress] ?? "plain"}>{progress}</Badge>;
}

const COLUMNS: readonly Column<Delivery>[] = [
  { key: "made", head: "Made", cell: (one) => <Instant at={one.created_at} /> },
  { key: "who", head: "Person", cell: (one) => one.person },
  { key: "channel", head: "Channel", cell: (one) => one.contact.channel },
  { key: "progress", head: "Progress", cell: (one) => <ProgressBadge progress={one.progress} /> },
  { key: "told", head: "What is known", cell: (one) => one.told, wide: true },
  {
    key: "severity",
    head: "Severity",
    cell: (one) => <SeverityBadge severity={one.severity} />,
    wide: true,
  },
  {
    key: "alerts",
    head: "Alerts",
    cell: (one) =>
      one.alert_ids.map((id) => (
        <AtLink key={id} to={`/alerts/${id}`}>
          {id}{" "}
        </AtLink>
      )),
  },
  { key: "tries", head: "Tries", number: true, cell: (one) => one.attempts.length, wide: true },
  { key: "cost", head: "Cost", number: true, cell: (one) => usd(one.cost_usd), wide: true },
];

export function Deliveries() {
  const query = useInfiniteQuery(deliveriesQuery);
  return (
    <Panel title="Deliveries" note="Each message on one channel, the newest first." flush>
      <Answer query={query} skeleton={<Skeleton height={32} lines={6} />}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.items);
          if (rows.length === 0) return <Empty title="Nobody was told anything yet." />;
          return (
            <Table
              caption="Deliveries"
              columns={COLUMNS}
              rows={rows}
              rowKey={(one) => one.delivery_id}
            />
          );
        }}
      </Answer>
      {query.hasNextPage && (
        <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show older ones
        </Button>
      )}
    </Panel>
  );
}

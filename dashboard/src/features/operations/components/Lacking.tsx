/** What lacked over the last day, and what came from another provider than the preferred one. */

import { CircleCheck } from "lucide-react";
import { count, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Empty } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import type { FreshnessTold } from "../api";

type Lack = FreshnessTold["lacking"][number];
type Instead = FreshnessTold["fallbacks"][number];

const LACKS: readonly Column<Lack>[] = [
  { key: "who", head: "What", cell: (one) => <strong>{one.who}</strong> },
  { key: "asset", head: "Asset", cell: (one) => words(one.asset), wide: true },
  { key: "reason", head: "Why, the last time", cell: (one) => one.reason },
  { key: "slots", head: "Slots", number: true, cell: (one) => count(one.slots) },
  {
    key: "newest",
    head: "Newest",
    number: true,
    cell: (one) => <Instant at={one.newest_slot_at} />,
    wide: true,
  },
];

const INSTEADS: readonly Column<Instead>[] = [
  { key: "symbol", head: "Symbol", cell: (one) => <strong>{one.symbol}</strong> },
  { key: "provider", head: "By", cell: (one) => one.provider },
  { key: "because", head: "Because, the last time", cell: (one) => one.because },
  { key: "slots", head: "Slots", number: true, cell: (one) => count(one.slots) },
];

export function LackingList({ lacking }: { lacking: readonly Lack[] }) {
  if (lacking.length === 0) {
    return <Empty icon={CircleCheck} title="Nothing lacked over the last day." />;
  }
  return (
    <Table
      caption="What lacked over the last day"
      columns={LACKS}
      rows={lacking}
      rowKey={(one) => `${one.asset} ${one.who}`}
    />
  );
}

export function Fallbacks({ fallbacks }: { fallbacks: readonly Instead[] }) {
  if (fallbacks.length === 0) {
    return <Empty icon={CircleCheck} title="The preferred provider gave every row." />;
  }
  return (
    <Table
      caption="Rows of another provider than the preferred one"
      columns={INSTEADS}
      rows={fallbacks}
      rowKey={(one) => `${one.asset} ${one.symbol} ${one.provider}`}
    />
  );
}

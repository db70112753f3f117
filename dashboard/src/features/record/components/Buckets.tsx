/** What came after, by fifth of the score and by action. */

import { lazy } from "react";
import { ChartFrame } from "@/charts/ChartFrame";
import { ActionBadge } from "@/design/Badge";
import { Score } from "@/design/Figure";
import { count, words } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Empty } from "@/design/States";
import type { Column } from "@/design/Table";
import type { Bucket, Horizon } from "../api";
import { after, spanOf } from "../figures";
import type { Meaning } from "../words";
import { Explain } from "./Explain";
import { Mean } from "./Rules";

const ReturnsChart = lazy(() => import("./ReturnsChart"));
const HEIGHT = 240;

const COLUMNS: Column<Bucket>[] = [
  {
    key: "name",
    head: "scores",
    cell: ({ name }) => (name.startsWith("fifth") ? name : <ActionBadge action={name} />),
  },
  { key: "count", head: "outcomes", number: true, cell: (bucket) => count(bucket.count) },
  {
    key: "score",
    head: "mean score",
    number: true,
    cell: (bucket) => <Score value={bucket.mean_score} />,
  },
  {
    key: "return",
    head: "mean return, %",
    number: true,
    cell: (bucket) => <Mean estimate={bucket.return_pct} />,
  },
];

interface BucketsProps {
  title: string;
  what: Meaning;
  buckets: readonly Bucket[];
  horizon: Horizon;
}

export function Buckets({ title, what, buckets, horizon }: BucketsProps) {
  const points = buckets.flatMap((bucket) => {
    const span = spanOf(bucket.return_pct);
    return span ? [{ ...span, name: words(bucket.name), count: bucket.count }] : [];
  });
  return (
    <Panel
      title={title}
      aside={<Explain what={what} />}
      note={`Mean total return ${after(horizon.horizon)} in per cent, with its 95 % interval.`}
    >
      {points.length === 0 ? (
        <Empty title="Too few outcomes yet">
          A mean is told from 30 slots on that do not share their time.
        </Empty>
      ) : (
        <ChartFrame
          label={`${title}, ${after(horizon.horizon)}`}
          height={HEIGHT}
          columns={COLUMNS}
          rows={buckets}
          rowKey={(bucket) => bucket.name}
        >
          <ReturnsChart points={points} height={HEIGHT} />
        </ChartFrame>
      )}
    </Panel>
  );
}

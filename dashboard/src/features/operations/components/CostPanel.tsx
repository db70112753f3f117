/** What each day cost, by provider, against what a day may cost. */

import { useQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { ChartFrame } from "@/charts/ChartFrame";
import { date, usd } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import type { Column } from "@/design/Table";
import { useAt } from "@/frame/at";
import { costsQuery, type Quota } from "../api";
import { type CostDay, costDays, paidProviders } from "../costs";

const CostChart = lazy(() => import("./CostChart"));
const HEIGHT = 240;

export function CostPanel({ providers }: { providers: readonly Quota[] }) {
  const query = useQuery(costsQuery(useAt()));
  const budgets = providers.flatMap(({ plan }) =>
    plan.usd_per_day === null ? [] : [Number(plan.usd_per_day)],
  );
  const budget = budgets.length ? budgets.reduce((sum, one) => sum + one, 0) : null;
  const told = query.data;
  return (
    <Panel
      title="Cost a day"
      note={
        told &&
        `${usd(told.cost_usd)} from ${date(told.first_on)} to ${date(told.last_on)} (UTC days)` +
          (budget === null ? "." : `; a day may cost ${usd(budget)}.`)
      }
    >
      <Answer query={query} skeleton={<Skeleton height={HEIGHT} />}>
        {(costs) => <Costs days={costDays(costs)} budget={budget} />}
      </Answer>
    </Panel>
  );
}

function Costs({ days, budget }: { days: readonly CostDay[]; budget: number | null }) {
  const names = paidProviders(days);
  if (names.length === 0) {
    return (
      <Empty title="Nothing was paid in these days.">
        Models and messages that cost are counted here.
      </Empty>
    );
  }
  const columns: readonly Column<CostDay>[] = [
    { key: "on", head: "Day", cell: (day) => date(day.on) },
    ...names.map((name) => ({
      key: name,
      head: name,
      number: true,
      cell: (day: CostDay) => usd(day.by[name] ?? 0),
    })),
    { key: "total", head: "In all", number: true, cell: (day) => usd(day.total) },
  ];
  return (
    <ChartFrame
      label={`What each day cost in US dollars, by provider: ${names.join(", ")}`}
      height={HEIGHT}
      columns={columns}
      rows={[...days].reverse()}
      rowKey={(day) => day.on}
    >
      <CostChart days={days} names={names} budget={budget} height={HEIGHT} />
    </ChartFrame>
  );
}

/** Costs as stacked columns; loaded when they are seen. */

import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { date, usd } from "@/design/format";
import type { CostDay } from "../costs";
import styles from "./CostChart.module.css";

const TEXT = { fontSize: 11, fill: "var(--ink-faint)" };
const SERIES = 6;

interface CostChartProps {
  days: readonly CostDay[];
  names: readonly string[];
  budget: number | null;
  height: number;
}

export default function CostChart({ days, names, budget, height }: CostChartProps) {
  const most = Math.max(budget ?? 0, ...days.map(({ total }) => total));
  return (
    <div className={styles.chart} aria-hidden="true">
      <ResponsiveContainer width="100%" height={height}>
        <BarChart
          data={[...days]}
          margin={{ top: 16, right: 40, bottom: 0, left: 0 }}
          accessibilityLayer={false}
        >
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis
            dataKey="on"
            tickFormatter={date}
            tick={TEXT}
            minTickGap={28}
            tickLine={false}
            axisLine={{ stroke: "var(--line)" }}
          />
          <YAxis
            domain={[0, most * 1.1]}
            tickFormatter={usd}
            tick={TEXT}
            width={60}
            tickLine={false}
            axisLine={false}
          />
          <Tooltip
            cursor={{ fill: "var(--hover)" }}
            labelFormatter={(label) => date(String(label))}
            formatter={(value) => usd(Number(value))}
            contentStyle={{
              border: "1px solid var(--line-strong)",
              borderRadius: "6px",
              background: "var(--raised)",
              color: "var(--ink)",
            }}
          />
          <Legend
            iconType="square"
            iconSize={10}
            formatter={(name) => <span className={styles.name}>{name}</span>}
          />
          {names.map((name, n) => (
            <Bar
              key={name}
              name={name}
              dataKey={(day: CostDay) => day.by[name] ?? 0}
              stackId="cost"
              fill={`var(--series-${(n % SERIES) + 1})`}
              maxBarSize={28}
              isAnimationActive={false}
            />
          ))}
          {budget !== null && (
            <ReferenceLine
              y={budget}
              stroke="var(--critical)"
              strokeDasharray="5 4"
              label={{
                value: "a day’s budget",
                position: "insideTopRight",
                ...TEXT,
                fill: "var(--critical)",
              }}
            />
          )}
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}

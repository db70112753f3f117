/** Mean returns as points with their intervals; loaded when it is seen. */

import {
  Bar,
  BarChart,
  CartesianGrid,
  Cell,
  ErrorBar,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { useColours } from "@/charts/colours";
import { count, signed } from "@/design/format";
import { type Range, reaching } from "../figures";
import { tipOf } from "./Tip";
import { ticksFor } from "./ticks";

const TOKENS = {
  ink: "--ink-soft",
  line: "--line",
  strong: "--line-strong",
  rise: "--rise",
  fall: "--fall",
  hover: "--hover",
} as const;

export interface ReturnPoint extends Range {
  name: string;
  count: number;
}

export default function ReturnsChart({
  points,
  height,
}: {
  points: readonly ReturnPoint[];
  height: number;
}) {
  const colours = useColours(TOKENS);
  const drawn = reaching(points);
  const ticks = ticksFor(points);
  const text = { fill: colours.ink, fontSize: 12 };
  return (
    <ResponsiveContainer width="100%" height={height}>
      <BarChart
        data={drawn}
        margin={{ top: 12, right: 36, bottom: 0, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid vertical={false} stroke={colours.line} />
        <XAxis
          dataKey="name"
          tick={text}
          interval={0}
          tickLine={false}
          axisLine={{ stroke: colours.line }}
        />
        <YAxis
          tick={text}
          tickLine={false}
          axisLine={false}
          width={52}
          ticks={ticks}
          domain={[ticks[0] ?? 0, ticks.at(-1) ?? 0]}
          interval={0}
          tickFormatter={(value: number) => signed(value)}
        />
        <ReferenceLine y={0} stroke={colours.strong} />
        <Tooltip
          cursor={{ fill: colours.hover }}
          isAnimationActive={false}
          content={tipOf((point: ReturnPoint) => ({
            title: point.name,
            lines: [
              ["mean return", `${signed(point.value, 3)} %`],
              ["95 % interval", `${signed(point.low, 3)} to ${signed(point.high, 3)} %`],
              ["outcomes", count(point.count)],
            ],
          }))}
        />
        <Bar dataKey="value" barSize={28} isAnimationActive={false} radius={2}>
          {drawn.map((point) => (
            <Cell
              key={point.name}
              fill={point.value < 0 ? colours.fall : colours.rise}
              fillOpacity={0.55}
            />
          ))}
          <ErrorBar
            dataKey="reach"
            width={8}
            strokeWidth={1.5}
            stroke={colours.ink}
            isAnimationActive={false}
          />
        </Bar>
      </BarChart>
    </ResponsiveContainer>
  );
}

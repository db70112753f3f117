/** What scores said against how often prices rose; loaded when it is seen. */

import {
  CartesianGrid,
  ErrorBar,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import { useColours } from "@/charts/colours";
import { count, share } from "@/design/format";
import { interval, type Range, reaching } from "../figures";
import { tipOf } from "./Tip";

const TOKENS = {
  ink: "--ink-soft",
  faint: "--ink-faint",
  line: "--line",
  strong: "--line-strong",
  accent: "--accent",
} as const;

const TICKS = [0, 0.25, 0.5, 0.75, 1];

export interface ReliabilityPoint extends Range {
  said: number;
  count: number;
  name: string;
}

export default function ReliabilityChart({
  points,
  height,
}: {
  points: readonly ReliabilityPoint[];
  height: number;
}) {
  const colours = useColours(TOKENS);
  const drawn = reaching(points);
  const axis = {
    type: "number" as const,
    domain: [0, 1],
    ticks: TICKS,
    tick: { fill: colours.ink, fontSize: 12 },
    tickLine: false,
    axisLine: { stroke: colours.strong },
    tickFormatter: (value: number) => share(value),
  };
  const name = { fill: colours.faint, fontSize: 12 };
  return (
    <ResponsiveContainer width="100%" height={height}>
      <ScatterChart margin={{ top: 12, right: 36, bottom: 20, left: 8 }} accessibilityLayer={false}>
        <CartesianGrid stroke={colours.line} />
        <XAxis
          {...axis}
          dataKey="said"
          label={{ value: "the score said a rise of", position: "bottom", offset: 4, ...name }}
        />
        <YAxis
          {...axis}
          dataKey="value"
          width={60}
          label={{
            value: "prices rose in",
            angle: -90,
            position: "insideLeft",
            style: { textAnchor: "middle" },
            ...name,
          }}
        />
        <ReferenceLine
          segment={[
            { x: 0, y: 0 },
            { x: 1, y: 1 },
          ]}
          stroke={colours.faint}
          strokeDasharray="4 4"
        />
        <Tooltip
          cursor={false}
          isAnimationActive={false}
          content={tipOf((point: ReliabilityPoint) => ({
            title: `scores ${point.name}`,
            lines: [
              ["said a rise of", share(point.said)],
              ["rose in", share(point.value)],
              ["95 % interval", interval(point)],
              ["articles", count(point.count)],
            ],
          }))}
        />
        <Scatter
          data={drawn}
          fill={colours.accent}
          line={{ stroke: colours.accent, strokeOpacity: 0.35 }}
          isAnimationActive={false}
        >
          <ErrorBar
            dataKey="reach"
            direction="y"
            width={8}
            strokeWidth={1.5}
            stroke={colours.accent}
            isAnimationActive={false}
          />
        </Scatter>
      </ScatterChart>
    </ResponsiveContainer>
  );
}

/** Range, interval, chart and strategy: all of it stands in the URL. */

import { CandlestickChart, ChartLine } from "lucide-react";
import type { Told } from "@/api/client";
import { Segments, SelectField } from "@/design/Field";
import { CHARTS, type Choices, INTERVALS, RANGES, type useChoices } from "../choices";
import styles from "./Controls.module.css";

const NAMES = { candles: "Candles", line: "Line" } as const;
const ICONS = { candles: CandlestickChart, line: ChartLine } as const;

interface ControlsProps {
  choices: Choices;
  choose: ReturnType<typeof useChoices>[1];
  strategies: readonly Told<"StrategyShown">[];
}

export function Controls({ choices, choose, strategies }: ControlsProps) {
  const used = strategies.filter((strategy) => strategy.newest_slot_at !== null);
  return (
    <div className={styles.controls}>
      <Segments
        label="Range"
        value={choices.range}
        choices={RANGES.map((range) => [range, range === "all" ? "All" : range] as const)}
        onChoose={(range) => choose({ range, interval: null })}
      />
      <Segments
        label="Interval of the bars"
        value={choices.interval}
        choices={INTERVALS.map((interval) => [interval, interval] as const)}
        onChoose={(interval) => choose({ interval })}
      />
      <Segments
        label="Chart"
        value={choices.chart}
        choices={CHARTS.map((chart) => [chart, <ChartIcon key={chart} chart={chart} />] as const)}
        onChoose={(chart) => choose({ chart })}
      />
      {used.length > 1 && (
        <SelectField
          label="Strategy"
          bare
          className={styles.strategy}
          value={choices.strategy ?? used.find(({ use }) => use === "primary")?.label}
          onChange={({ target }) => {
            const chosen = used.find(({ label }) => label === target.value);
            choose({ strategy: chosen?.use === "primary" ? null : target.value });
          }}
        >
          {used.map(({ label, use }) => (
            <option key={label} value={label}>
              {label}
              {use === "primary" || use === "former" ? ` (${use})` : ""}
            </option>
          ))}
        </SelectField>
      )}
    </div>
  );
}

function ChartIcon({ chart }: { chart: Choices["chart"] }) {
  const Icon = ICONS[chart];
  return (
    <Icon role="img" aria-label={NAMES[chart]} size={16}>
      <title>{NAMES[chart]}</title>
    </Icon>
  );
}

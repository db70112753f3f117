/** What the record is of: live or backfilled, whose, and of which days. */

import { useQuery } from "@tanstack/react-query";
import { overviewQuery } from "@/api/shared";
import { Segments, SelectField, TextField } from "@/design/Field";
import { useAt } from "@/frame/at";
import type { Review } from "../api";
import type { View } from "../useView";
import styles from "./Controls.module.css";

const KINDS = [
  ["live", "Live"],
  ["backfilled", "Backfilled"],
] as const;

export function Controls({ view, review }: { view: View; review: Review | undefined }) {
  const followed = useQuery(overviewQuery(useAt())).data?.symbols ?? [];
  const symbols = followed.map((one) => one.symbol);
  const { symbol, backfilled } = view.asked;
  if (symbol !== null && !symbols.includes(symbol)) symbols.unshift(symbol);
  const strategies = review?.strategies.map((one) => one.strategy) ?? [];
  return (
    <div className={styles.controls}>
      <Segments
        label="Which signals"
        value={backfilled ? "backfilled" : "live"}
        choices={KINDS}
        onChoose={(kind) => view.set({ backfilled: kind === "backfilled" ? "true" : null })}
      />
      <SelectField
        bare
        label="Strategy"
        value={view.strategy ?? strategies[0] ?? ""}
        disabled={strategies.length < 2}
        onChange={(event) => view.set({ strategy: event.target.value })}
      >
        {strategies.map((label) => (
          <option key={label}>{label}</option>
        ))}
      </SelectField>
      <SelectField
        bare
        label="Symbol"
        value={symbol ?? ""}
        onChange={(event) => view.set({ symbol: event.target.value })}
      >
        <option value="">All symbols</option>
        {symbols.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </SelectField>
      <div className={styles.days}>
        <TextField
          bare
          label="From day (UTC)"
          title="From day (UTC)"
          type="date"
          value={view.from}
          max={view.to || undefined}
          onChange={(event) => view.set({ from: event.target.value })}
        />
        <span aria-hidden="true">to</span>
        <TextField
          bare
          label="To day (UTC)"
          title="To day (UTC)"
          type="date"
          value={view.to}
          min={view.from || undefined}
          onChange={(event) => view.set({ to: event.target.value })}
        />
      </div>
    </div>
  );
}

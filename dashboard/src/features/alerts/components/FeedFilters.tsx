/** Which alerts are shown, and how they are put together. */

import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useId } from "react";
import { overviewQuery } from "@/api/shared";
import { Button } from "@/design/Button";
import { Segments, SelectField, TextField } from "@/design/Field";
import { useTyped } from "@/design/useTyped";
import { oneOf, useParamsHeld } from "@/frame/params";
import { rulesQuery, SEVERITIES, type Wish } from "../api";
import { GROUPINGS, type Grouping } from "../groups";
import styles from "./FeedFilters.module.css";

const STATES = ["all", "open", "resolved"] as const;
type State = (typeof STATES)[number];

export interface FeedWish {
  state: State;
  grouping: Grouping;
  wish: Wish;
  /** Whether any filter holds. */
  isNarrow: boolean;
}

/** What the URL asks for. */
export function useFeedWish(): FeedWish {
  const [search] = useParamsHeld();
  const wish = {
    rule: search.get("rule"),
    symbol: search.get("symbol"),
    severity: oneOf(search.get("severity"), SEVERITIES),
  };
  return {
    state: oneOf(search.get("state"), STATES) ?? "all",
    grouping: oneOf(search.get("group"), GROUPINGS) ?? "severity",
    wish,
    isNarrow: Object.values(wish).some((one) => one !== null),
  };
}

export function FeedFilters() {
  const { state, grouping, wish, isNarrow } = useFeedWish();
  const [, choose] = useParamsHeld();
  const rules = (useQuery(rulesQuery).data ?? []).map((one) => one.name);
  const symbols = useQuery(overviewQuery(null)).data?.symbols ?? [];
  const id = useId();
  const [symbol, setSymbol] = useTyped(wish.symbol ?? "");
  // A rule that is removed is asked for still.
  const names = wish.rule && !rules.includes(wish.rule) ? [...rules, wish.rule] : rules;
  return (
    <search className={styles.filters} aria-label="Filters">
      <Segments
        label="State"
        value={state}
        choices={[
          ["all", "All"],
          ["open", "Open"],
          ["resolved", "Ended"],
        ]}
        onChoose={(chosen) => choose({ state: chosen === "all" ? null : chosen })}
      />
      <SelectField
        bare
        label="Rule"
        className={styles.filter}
        value={wish.rule ?? ""}
        onChange={(event) => choose({ rule: event.target.value })}
      >
        <option value="">Every rule</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectField>
      <TextField
        bare
        label="Symbol"
        className={styles.filter}
        value={symbol}
        placeholder="Every symbol"
        list={id}
        autoComplete="off"
        maxLength={80}
        onChange={(event) => {
          setSymbol(event.target.value.toUpperCase());
          const typed = event.target.value.trim().toUpperCase();
          if (typed === "" || symbols.some((one) => one.symbol === typed))
            choose({ symbol: typed });
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") choose({ symbol: event.currentTarget.value.trim() });
        }}
      />
      <datalist id={id}>
        {symbols.map((one) => (
          <option key={one.symbol} value={one.symbol}>
            {one.name}
          </option>
        ))}
      </datalist>
      <SelectField
        bare
        label="Group by"
        className={styles.filter}
        value={grouping}
        onChange={(event) =>
          choose({ group: event.target.value === "severity" ? null : event.target.value })
        }
      >
        {GROUPINGS.map((one) => (
          <option key={one} value={one}>
            By {one}
          </option>
        ))}
      </SelectField>
      {isNarrow && (
        <Button
          look="quiet"
          icon={X}
          onClick={() => choose({ rule: null, symbol: null, severity: null })}
        >
          Show all
        </Button>
      )}
    </search>
  );
}

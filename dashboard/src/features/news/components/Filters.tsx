/** Which news: of whom, with which words, with or without a verdict. */

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { overviewQuery } from "@/api/shared";
import { Segments, SelectField, TextField } from "@/design/Field";
import { useTyped } from "@/design/useTyped";
import type { Wish } from "../api";
import type { SetParams, View } from "../useWish";
import styles from "./Filters.module.css";

const VIEWS = [
  ["stories", "Stories"],
  ["articles", "Articles"],
] as const;

const PAUSE_MS = 350;

export function Filters({ wish, view, set }: { wish: Wish; view: View; set: SetParams }) {
  return (
    <search className={styles.filters}>
      <Segments
        label="List"
        value={view}
        choices={VIEWS}
        onChoose={(next) =>
          set(next === "stories" ? { view: null, q: null, scored: null } : { view: next })
        }
      />
      <SymbolSelect
        value={wish.symbol ?? ""}
        none="All symbols"
        at={wish.at}
        onChange={(symbol) => set({ symbol })}
      />
      <SelectField
        bare
        label="Verdict"
        value={wish.scored === null ? "" : String(wish.scored)}
        onChange={(event) => set({ scored: event.target.value })}
      >
        <option value="">Scored or not</option>
        <option value="true">Scored</option>
        <option value="false">Without a score</option>
      </SelectField>
      <Words words={wish.q ?? ""} set={set} />
    </search>
  );
}

/** The words, sought once somebody pauses. */
function Words({ words, set }: { words: string; set: SetParams }) {
  const [typed, setTyped] = useTyped(words);
  useEffect(() => {
    if (typed.trim() === words) return;
    const timer = setTimeout(() => set({ q: typed.trim() }), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, words, set]);
  return (
    <TextField
      bare
      className={styles.words}
      label="Words of a headline"
      placeholder="Words of a headline"
      title="“in a row”, or, and -not work as in a web search"
      type="search"
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}

interface SymbolSelectProps {
  value: string;
  /** What stands for no symbol. */
  none: string;
  at: string | null;
  label?: string;
  bare?: boolean;
  disabled?: boolean;
  onChange: (symbol: string) => void;
}

/** One of the symbols that are followed. */
export function SymbolSelect({
  value,
  none,
  at,
  label = "Symbol",
  bare = true,
  disabled = false,
  onChange,
}: SymbolSelectProps) {
  const followed = useQuery(overviewQuery(at)).data?.symbols ?? [];
  const unknown = value !== "" && !followed.some((one) => one.symbol === value);
  return (
    <SelectField
      bare={bare}
      label={label}
      value={value}
      disabled={disabled}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{none}</option>
      {unknown && <option>{value}</option>}
      {followed.map(({ symbol, name }) => (
        <option key={symbol} value={symbol} title={name}>
          {symbol}
        </option>
      ))}
    </SelectField>
  );
}

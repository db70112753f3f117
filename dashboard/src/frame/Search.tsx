/** Finds a symbol or a page by its first letters. */

import { useQuery } from "@tanstack/react-query";
import { Search as Glass, History } from "lucide-react";
import { type KeyboardEvent, useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { overviewQuery } from "@/api/shared";
import { Dialog } from "@/design/Dialog";
import { useAt, written } from "./at";
import { PAGES } from "./pages";
import { recentSymbols } from "./recent";
import styles from "./Search.module.css";

interface Hit {
  path: string;
  name: string;
  note: string;
  recent: boolean;
}

interface Followed {
  symbol: string;
  name: string;
}

const SHOWN = 8;

function hitsOf(wanted: string, symbols: readonly Followed[], recent: readonly string[]): Hit[] {
  // Who has typed nothing yet most likely wants what he looked at last.
  const rank = ({ symbol }: Followed) => {
    if (wanted !== "") return symbol.toLowerCase().startsWith(wanted) ? 0 : 1;
    const place = recent.indexOf(symbol);
    return place < 0 ? recent.length : place;
  };
  const found = symbols
    .filter(({ symbol, name }) => `${symbol} ${name}`.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, SHOWN)
    .map(({ symbol, name }) => ({
      path: `/symbols/${encodeURIComponent(symbol)}`,
      name: symbol,
      note: name,
      recent: wanted === "" && recent.includes(symbol),
    }));
  const pages = PAGES.filter((page) => page.name.toLowerCase().includes(wanted));
  return [
    ...found,
    ...pages.map(({ path, name }) => ({ path, name, note: "Page", recent: false })),
  ];
}

export default function Search({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState("");
  const [chosen, setChosen] = useState(0);
  const at = useAt();
  const navigate = useNavigate();
  const [recent] = useState(recentSymbols);
  const overview = useQuery(overviewQuery(at));
  const wanted = asked.trim().toLowerCase();
  const hits = hitsOf(wanted, overview.data?.symbols ?? [], recent);
  useEffect(() => {
    // Where the list is longer than the dialog.
    document.getElementById(`hit-${chosen}`)?.scrollIntoView?.({ block: "nearest" });
  }, [chosen]);
  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    void navigate({ pathname: hit.path, search: at ? `?at=${written(at)}` : "" });
  };
  const press = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setChosen((chosen + step + hits.length) % Math.max(hits.length, 1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(hits[chosen]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      onClose();
    }
  };
  return (
    <Dialog title="Search" onClose={onClose}>
      <div className={styles.asked}>
        <Glass aria-hidden="true" size={18} />
        <input
          autoFocus
          role="combobox"
          aria-label="Symbol, company or page"
          aria-expanded={hits.length > 0}
          aria-autocomplete="list"
          aria-controls="search-hits"
          aria-activedescendant={hits[chosen] ? `hit-${chosen}` : undefined}
          placeholder="Symbol, company or page"
          value={asked}
          onChange={(event) => {
            setAsked(event.target.value);
            setChosen(0);
          }}
          onKeyDown={press}
        />
      </div>
      <div id="search-hits" role="listbox" aria-label="Found" className={styles.hits}>
        {hits.map((hit, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's, above
          <div
            key={hit.path}
            id={`hit-${n}`}
            role="option"
            tabIndex={-1}
            aria-selected={n === chosen}
            className={styles.hit}
            onClick={() => go(hit)}
          >
            <strong>{hit.name}</strong>
            <span className={styles.note}>
              {hit.note}
              {hit.recent && <History aria-label="looked at lately" size={14} />}
            </span>
          </div>
        ))}
      </div>
      <p className={styles.none} role="status">
        {noteOf(overview, asked.trim(), hits.length)}
      </p>
    </Dialog>
  );
}

interface Reading {
  isPending: boolean;
  error: Error | null;
  data?: unknown;
}

/** What there is to say beside the hits; null where they say all. */
function noteOf({ isPending, error, data }: Reading, asked: string, hits: number): string | null {
  if (isPending) return "Reading the watchlist.";
  if (error && data === undefined) return `No symbols to choose from: ${error.message}`;
  if (hits > 0) return null;
  return `Nothing that is followed is called “${asked}”. Try fewer letters or another name; fintech watchlist add follows a new symbol.`;
}

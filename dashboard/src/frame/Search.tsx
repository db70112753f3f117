/** Finds a symbol or a page by its first letters. */

import { useQuery } from "@tanstack/react-query";
import { Search as Glass } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useNavigate } from "react-router";
import { overviewQuery } from "@/api/shared";
import { Dialog } from "@/design/Dialog";
import { useAt, written } from "./at";
import { PAGES } from "./pages";
import styles from "./Search.module.css";

interface Hit {
  path: string;
  name: string;
  note: string;
}

function hitsOf(asked: string, symbols: readonly { symbol: string; name: string }[]): Hit[] {
  const wanted = asked.trim().toLowerCase();
  const found = symbols
    .filter(({ symbol, name }) => `${symbol} ${name}`.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a.symbol, wanted) - rank(b.symbol, wanted))
    .slice(0, 8)
    .map(({ symbol, name }) => ({
      path: `/symbols/${encodeURIComponent(symbol)}`,
      name: symbol,
      note: name,
    }));
  const pages = PAGES.filter((page) => page.name.toLowerCase().includes(wanted));
  return [...found, ...pages.map((page) => ({ path: page.path, name: page.name, note: "Page" }))];
}

function rank(symbol: string, wanted: string): number {
  return symbol.toLowerCase().startsWith(wanted) ? 0 : 1;
}

export default function Search({ onClose }: { onClose: () => void }) {
  const [asked, setAsked] = useState("");
  const [chosen, setChosen] = useState(0);
  const at = useAt();
  const navigate = useNavigate();
  const symbols = useQuery(overviewQuery(at)).data?.symbols ?? [];
  const hits = hitsOf(asked, symbols);
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
      go(hits[chosen]);
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
          aria-expanded="true"
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
            <span>{hit.note}</span>
          </div>
        ))}
      </div>
      {hits.length === 0 && (
        <p className={styles.none} role="status">
          Nothing that is followed has that name.
        </p>
      )}
    </Dialog>
  );
}

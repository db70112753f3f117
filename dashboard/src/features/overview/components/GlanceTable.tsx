/** The watchlist in rows: as much as fits, each head sorts. */

import { ArrowDown, ArrowUp, Bell, Ellipsis } from "lucide-react";
import { type CSSProperties, memo, type ReactNode, useMemo, useRef } from "react";
import { ActionBadge } from "@/design/Badge";
import { IconButton } from "@/design/Button";
import { classes } from "@/design/classes";
import { Change, Score } from "@/design/Figure";
import { price, share, words } from "@/design/format";
import { Sparkline } from "@/design/Sparkline";
import { AtLink } from "@/frame/AtLink";
import { useFlash } from "../flash";
import { useOnScreen } from "../onScreen";
import { type Part, type Sort, turned, type Wish } from "../wish";
import { Age } from "./Age";
import styles from "./GlanceTable.module.css";
import type { LineProps } from "./MarketCard";

interface Head {
  name: ReactNode;
  sort?: Sort;
  kind?: string | undefined;
}

const HEADS: readonly Head[] = [
  { name: "Symbol", sort: "symbol", kind: styles.first },
  { name: "Name", kind: classes(styles.names, styles.wide) },
  { name: "Price", kind: classes(styles.number, styles.price) },
  { name: "Change", sort: "change", kind: classes(styles.number, styles.change) },
  { name: "Course", kind: classes(styles.spark, styles.wide) },
  { name: "Action", kind: styles.actions },
  { name: "Score", sort: "score", kind: classes(styles.number, styles.score) },
  {
    name: "Confidence",
    sort: "confidence",
    kind: classes(styles.number, styles.confidence, styles.wide),
  },
  { name: "Sentiment", kind: classes(styles.number, styles.sentiment, styles.wide) },
  { name: "Stories", kind: classes(styles.number, styles.count, styles.wide) },
  { name: "Alerts", sort: "alerts", kind: classes(styles.number, styles.count, styles.wide) },
  { name: "Age", sort: "age", kind: classes(styles.number, styles.age, styles.wide) },
  { name: <span className="visually-hidden">Edit</span>, kind: styles.last },
];

interface GlanceTableProps {
  wish: Wish;
  onChoose: (choices: Partial<Record<Part, string>>) => void;
  lines: readonly LineProps[];
}

export function GlanceTable({ wish, onChoose, lines }: GlanceTableProps) {
  const signs = useMemo(() => signsOf(lines), [lines]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className={styles.frame} tabIndex={0} aria-label="Watchlist">
      <table className={styles.table} style={signs}>
        <caption className="visually-hidden">Watchlist</caption>
        <thead>
          <tr>
            {HEADS.map(({ name, sort, kind }, place) => (
              <th
                // biome-ignore lint/suspicious/noArrayIndexKey: the heads never change
                key={place}
                scope="col"
                className={kind}
                aria-sort={sort && sort === wish.sort ? sortedAs(wish) : undefined}
              >
                {sort ? (
                  <button
                    type="button"
                    className={styles.sort}
                    onClick={() => onChoose(sortedBy(sort, wish))}
                  >
                    {name}
                    {sort === wish.sort && <Way wish={wish} />}
                  </button>
                ) : (
                  name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <Row key={line.glance.symbol} {...line} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** How wide the prices are: a number that is cut off would be another number. */
function signsOf(lines: readonly LineProps[]): CSSProperties {
  const longest = Math.max(...lines.map(({ glance }) => price(glance.price?.price).length), 7);
  return { "--signs": longest } as CSSProperties;
}

/** Pressed once it sorts by it, pressed again the other way round. */
function sortedBy(sort: Sort, wish: Wish): Partial<Record<Part, string>> {
  const again = sort === wish.sort && !wish.reversed;
  return { sort: sort === "symbol" ? "" : sort, order: again ? "reversed" : "" };
}

function sortedAs({ sort, reversed }: Wish): "ascending" | "descending" {
  return (sort === "symbol") !== reversed ? "ascending" : "descending";
}

function Way({ wish }: { wish: Wish }) {
  const Icon = sortedAs(wish) === "ascending" ? ArrowUp : ArrowDown;
  return <Icon aria-hidden="true" size={12} />;
}

const Row = memo(function Row({ glance, past, zone, onEdit }: LineProps) {
  const { symbol, signal, sparkline } = glance;
  const row = useRef<HTMLTableRowElement>(null);
  const priced = useRef<HTMLTableCellElement>(null);
  const scored = useRef<HTMLTableCellElement>(null);
  useOnScreen(row);
  useFlash(priced, symbol, glance.price?.price);
  useFlash(scored, symbol, signal?.score);
  const page = `/symbols/${encodeURIComponent(symbol)}`;
  const stale = glance.stale.length > 0;
  return (
    <tr ref={row} data-symbol={symbol} className={stale ? styles.stale : undefined}>
      <th scope="row" className={styles.first} title={symbol}>
        <AtLink to={page} className={styles.symbol}>
          {symbol}
        </AtLink>
      </th>
      <td className={classes(styles.names, styles.wide)} title={glance.name}>
        {glance.name}
        {glance.tags.map((tag) => (
          <span key={tag} className={styles.tag}>
            {" "}
            #{tag}
          </span>
        ))}
      </td>
      <td ref={priced} className={styles.number} title={`Price in ${glance.currency}`}>
        {price(glance.price?.price)}
      </td>
      <td className={styles.number}>
        <Change pct={glance.price?.change_pct} />
      </td>
      <td className={classes(styles.spark, styles.wide)}>
        {sparkline && (
          <Sparkline
            values={sparkline.close.slice(-24)}
            level={glance.price?.previous_close ?? null}
            label={`${symbol}, last ${Math.min(sparkline.close.length, 24)} half hours`}
          />
        )}
      </td>
      <td className={styles.actions}>
        {!signal && "–"}
        {signal && (
          <AtLink to={`${page}/signals/${signal.slot_at}`} className={styles.action}>
            <ActionBadge action={signal.action} />
            <span className="visually-hidden"> signal of {symbol}</span>
          </AtLink>
        )}
        {turned(glance) && (
          <span className={styles.before}>was {words(signal?.action_before ?? "")}</span>
        )}
      </td>
      <td ref={scored} className={classes(styles.number, styles.score)}>
        <Score value={signal?.score} />
      </td>
      <td className={classes(styles.number, styles.wide)}>{share(signal?.confidence)}</td>
      <td className={classes(styles.number, styles.wide)}>
        <Score value={glance.sentiment?.score} />
      </td>
      <td className={classes(styles.number, styles.wide)}>{glance.stories_24h}</td>
      <td className={classes(styles.number, styles.wide)}>
        {glance.open_alerts > 0 ? (
          <AtLink to={`/alerts?symbol=${encodeURIComponent(symbol)}`} className={styles.alerts}>
            <Bell aria-hidden="true" size={12} />
            {glance.open_alerts}
            <span className="visually-hidden"> open alerts of {symbol}</span>
          </AtLink>
        ) : (
          "–"
        )}
      </td>
      <td
        className={classes(styles.number, styles.wide, stale && styles.warned)}
        title={glance.stale.join("\n") || undefined}
      >
        <Age glance={glance} past={past} zone={zone} />
        {stale && <span className="visually-hidden"> Stale: {glance.stale.join(" ")}</span>}
      </td>
      <td className={styles.last}>
        <IconButton
          label={`Tags of ${symbol}, or follow it no longer`}
          icon={Ellipsis}
          className={styles.edit}
          onClick={() => onEdit(symbol)}
        />
      </td>
    </tr>
  );
});

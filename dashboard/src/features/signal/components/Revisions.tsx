/** The revisions side by side; what changed from one to the next stands out. */

import { Link, useLocation, useSearchParams } from "react-router";
import { ActionBadge } from "@/design/Badge";
import { price, signed, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { useAt } from "@/frame/at";
import type { SignalShown, WholeSignal } from "../api";
import styles from "./Revisions.module.css";

interface Line {
  name: string;
  told: (revision: SignalShown) => string;
}

function linesOf({ revisions, currency }: WholeSignal): Line[] {
  const names = new Set(revisions.flatMap((one) => one.components.map((part) => part.name)));
  return [
    { name: "Score", told: (one) => signed(one.score, 6) },
    { name: "Action", told: (one) => words(one.action) },
    { name: "Confidence", told: (one) => one.confidence.toFixed(6) },
    { name: `Price, ${currency}`, told: (one) => price(one.price) },
    { name: "Articles", told: (one) => `${one.articles} in ${one.stories} stories` },
    ...[...names].map((name) => ({
      name: words(name),
      told: (one: SignalShown) => {
        const part = one.components.find((each) => each.name === name);
        return part ? signed(part.contribution, 6) : (one.missing[name] ?? "–");
      },
    })),
  ];
}

export function Revisions({ signal }: { signal: WholeSignal }) {
  const { revisions } = signal;
  const past = useAt() !== null;
  if (revisions.length < 2) return null;
  return (
    <Panel
      title="Revisions"
      note={`The first is what people were shown; it stays. A later one was judged from a corrected bar, a late article, or mended code${past ? ", and perhaps after the slot that is looked at" : ""}. What differs from the one before is marked.`}
      flush
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className={styles.frame} tabIndex={0} aria-label="Revisions side by side">
        <table className={styles.table}>
          <caption className="visually-hidden">Revisions side by side</caption>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">What</span>
              </th>
              {revisions.map((one) => (
                <th key={one.revision} scope="col">
                  <Named revision={one.revision} shown={one.revision === signal.revision} />
                  <span className={styles.by}>
                    cutoff <Instant at={one.cutoff_at} />
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {linesOf(signal).map(({ name, told }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {revisions.map((one, n) => {
                  const before = revisions[n - 1];
                  const changed = before !== undefined && told(before) !== told(one);
                  const shown = name === "Action" ? <ActionBadge action={one.action} /> : told(one);
                  return (
                    <td key={one.revision}>
                      {changed ? (
                        <mark>
                          {shown}
                          <span className="visually-hidden"> (changed)</span>
                        </mark>
                      ) : (
                        shown
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}

function Named({ revision, shown }: { revision: number; shown: boolean }) {
  const { pathname } = useLocation();
  const [search] = useSearchParams();
  if (shown) return <>Revision {revision}, shown above</>;
  const asked = new URLSearchParams(search);
  asked.set("revision", `${revision}`);
  return (
    <Link to={{ pathname, search: `?${asked}` }} className={styles.link}>
      Revision {revision}
    </Link>
  );
}

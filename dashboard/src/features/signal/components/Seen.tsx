/** What the signal saw and when: bars, cutoff, run; and what it did not know. */

import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { configQuery } from "@/api/config";
import { count, date, price, words } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Fact, Facts, Panel } from "@/design/Panel";
import type { WholeSignal } from "../api";
import { Check } from "./Check";
import styles from "./Seen.module.css";
import { Sentence } from "./Sentence";

export function Seen({ signal }: { signal: WholeSignal }) {
  const { bars } = signal;
  const latest = latestKnown(signal);
  const fine = latest === null || Date.parse(latest) <= Date.parse(signal.cutoff_at);
  return (
    <Panel title="What it saw">
      <Facts>
        <Fact name="Inputs known by">
          <Instant at={signal.cutoff_at} />
        </Fact>
        {bars ? (
          <>
            <Fact name={signal.interval === "1d" ? "Daily bars" : "Half-hour bars"}>
              {count(bars.bars)}, from <Instant at={bars.first_at} />
            </Fact>
            <Fact name="By">
              {Object.entries(bars.providers)
                .map(([name, number]) => `${name} (${count(number)})`)
                .join(", ")}
            </Fact>
            <Fact name="The newest">
              <Instant at={bars.newest.opened_at} as="time" /> to{" "}
              <Instant at={bars.newest.closed_at} />, known{" "}
              <Instant at={bars.newest.known_at} as="time" />
            </Fact>
            <Fact name="Open · high · low · close">
              {[bars.newest.open, bars.newest.high, bars.newest.low, bars.newest.close]
                .map(price)
                .join(" · ")}
            </Fact>
            <Fact name="Volume, shares">{count(bars.newest.volume_shares)}</Fact>
            <Fact name="Adjusted for">
              {bars.actions.length === 0
                ? "no split, no dividend"
                : bars.actions
                    .map((one) => `${one.kind} of ${one.value} on ${date(one.ex_on)}`)
                    .join("; ")}
            </Fact>
          </>
        ) : (
          <Fact name="Bars">
            <Sentence>{signal.explanation.bars.join(" ")}</Sentence>
          </Fact>
        )}
        <Fact name="News">
          {signal.articles} articles in {signal.stories} stories
        </Fact>
        <Fact name="Run">
          <Run id={signal.run_id} />
        </Fact>
      </Facts>
      <p className={styles.cutoff}>
        <Check good={fine}>
          {fine
            ? "Nothing later than the cutoff was used: bar and articles were all known by then."
            : "An input is marked as known later than the cutoff. Run fintech signals audit."}
        </Check>
      </p>
    </Panel>
  );
}

/** The latest instant at which an input that is shown became known. */
function latestKnown(signal: WholeSignal): string | null {
  const instants = [
    signal.bars?.newest.known_at,
    ...(signal.bars?.actions ?? []).map((one) => one.known_at),
    ...signal.articles_behind.map((one) => one.known_at),
  ].filter((one): one is string => typeof one === "string");
  return instants.reduce<string | null>(
    (late, one) => (late === null || Date.parse(one) > Date.parse(late) ? one : late),
    null,
  );
}

/** Runs of Dagster have such ids; `fintech signals judge` and old rows have others. */
const RUN_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

function Run({ id }: { id: string }) {
  const url = useQuery(configQuery).data?.dagster_url ?? null;
  const short = RUN_ID.test(id) ? id.slice(0, 8) : id;
  if (url === null || !RUN_ID.test(id)) return <code>{short}</code>;
  return (
    <a className={styles.link} href={`${url}/runs/${id}`} target="_blank" rel="noreferrer noopener">
      <code>{short}</code> in Dagster
      <ExternalLink aria-hidden="true" size={12} />
    </a>
  );
}

/** What the signal did not know, or only supposed; nothing where all was there. */
export function Unknowns({ signal }: { signal: WholeSignal }) {
  const missing = Object.entries(signal.missing);
  const stale = signal.freshness != null && signal.freshness < 1;
  const standIns = signal.articles_behind.filter((one) => one.sentiment?.stands_in_for).length;
  const split = signal.suspected_split;
  const nothing = missing.length === 0 && !stale && standIns === 0 && split == null;
  return (
    <Panel title="What it did not know">
      {nothing ? (
        <p className={styles.fine}>
          <Check good>
            Every component is present, and every one of the last 13 rows has a bar.
          </Check>
        </p>
      ) : (
        <ul className={styles.unknowns}>
          {split != null && (
            <li>
              <strong>A suspected split</strong> The price moved like a split of{" "}
              {split >= 1 ? `${split} for 1` : `1 for ${Math.round(1 / split)}`} that nobody told
              of. It is taken out of the look-backs, and the action is hold.
            </li>
          )}
          {missing.map(([name, why]) => (
            <li key={name}>
              <strong>{words(name)} is missing</strong> {why}. The others share its weight; the
              confidence is lower for it.
            </li>
          ))}
          {stale && (
            <li>
              <strong>Bars lack</strong> {Math.round((1 - (signal.freshness ?? 0)) * 13)} of the
              last 13 rows have no bar.
            </li>
          )}
          {standIns > 0 && (
            <li>
              <strong>Stand-ins</strong> {standIns} of {signal.articles_behind.length} scores are
              not the preferred model’s; each says why under “news”.
            </li>
          )}
        </ul>
      )}
    </Panel>
  );
}

/** What else is known of an alert, and where to go from it. */

import { useQuery } from "@tanstack/react-query";
import { overviewQuery } from "@/api/shared";
import { duration, usd } from "@/design/format";
import { Instant } from "@/design/Instant";
import { useNow } from "@/design/now";
import { Fact, Facts, Panel } from "@/design/Panel";
import { AtLink } from "@/frame/AtLink";
import { useAt } from "@/frame/at";
import type { Story } from "../api";
import { isSlot } from "../story";
import styles from "./AlertStory.module.css";

export function StoryFacts({ story }: { story: Story }) {
  const at = useAt();
  const now = useNow();
  const notices = story.events.flatMap((event) => event.notices);
  const told = new Set(notices.filter((one) => one.delivery_id !== null).map((one) => one.person));
  const costs = notices.map((one) => Number(one.cost_usd ?? 0));
  const end = Date.parse(story.resolved_at ?? at ?? now.toISOString());
  return (
    <div className={styles.beside}>
      <Panel title="At a glance">
        <Facts>
          <Fact name="Since">
            <Instant at={story.started_at} />
          </Fact>
          {story.resolved_at && (
            <Fact name="Ended">
              <Instant at={story.resolved_at} />
            </Fact>
          )}
          <Fact name="Lasted">{duration((end - Date.parse(story.started_at)) / 1000)}</Fact>
          <Fact name="Acknowledged">
            {story.acknowledged_at ? (
              <>
                {story.acknowledged_by}, <Instant at={story.acknowledged_at} />
              </>
            ) : (
              "by nobody"
            )}
          </Fact>
          <Fact name="Told">{told.size ? [...told].join(", ") : "nobody"}</Fact>
          <Fact name="Messages cost">{usd(costs.reduce((sum, one) => sum + one, 0))}</Fact>
          {story.tags.length > 0 && <Fact name="Tags">{story.tags.join(", ")}</Fact>}
        </Facts>
      </Panel>
      <Panel title="Go on">
        <Links story={story} />
      </Panel>
      {story.silences.length > 0 && (
        <Panel title="Silences that covered it">
          <ul className={styles.silences}>
            {story.silences.map((one) => (
              <li key={one.silence_id}>
                <strong>{one.author}</strong>, <Instant at={one.starts_at} /> to{" "}
                {one.ends_at ? <Instant at={one.ends_at} /> : "its end"}
                {one.comment && <p>{one.comment}</p>}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </div>
  );
}

/** Whether the subject is a symbol that has a page. */
export function useIsSymbol(subject: string): boolean {
  const symbols = useQuery(overviewQuery(useAt())).data?.symbols ?? [];
  return symbols.some((one) => one.symbol === subject);
}

/** The page of the signal of a slot. */
export function signalPath(symbol: string, slotAt: string): string {
  return `/symbols/${encodeURIComponent(symbol)}/signals/${slotAt}`;
}

function Links({ story: { subject, rule, started_at } }: { story: Story }) {
  const isSymbol = useIsSymbol(subject);
  const among = new URLSearchParams({ symbol: subject, rule });
  return (
    <ul className={styles.links}>
      {isSymbol && isSlot(started_at) && (
        <li>
          <AtLink to={signalPath(subject, started_at)}>The signal at which it began</AtLink>
        </li>
      )}
      {isSymbol && (
        <li>
          <AtLink to={`/symbols/${encodeURIComponent(subject)}`}>
            {subject}, its prices and news
          </AtLink>
        </li>
      )}
      <li>
        <AtLink to={`/alerts/rules/${encodeURIComponent(rule)}`}>The rule {rule}</AtLink>
      </li>
      <li>
        <AtLink to={`/alerts?${among}`}>
          Other alerts of {rule} about {subject}
        </AtLink>
      </li>
    </ul>
  );
}

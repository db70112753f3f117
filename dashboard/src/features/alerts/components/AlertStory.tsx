/** The why of an alert: each decision, its reason, and who was told. */

import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { useParams } from "react-router";
import { Badge, SeverityBadge } from "@/design/Badge";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { AtLink } from "@/frame/AtLink";
import { useAt } from "@/frame/at";
import { NoPage } from "@/frame/Broken";
import { alertQuery, rulesQuery, type Story } from "../api";
import { asOf } from "../story";
import { Against } from "./Against";
import { AlertActions } from "./AlertActions";
import { Standing } from "./AlertRow";
import styles from "./AlertStory.module.css";
import { StoryEvent } from "./StoryEvent";
import { StoryFacts } from "./StoryFacts";

export function AlertStory() {
  const at = useAt();
  const id = Number(useParams().id);
  const known = Number.isSafeInteger(id) && id > 0;
  const query = useQuery({ ...alertQuery(id), enabled: known });
  if (!known) return <NoPage />;
  return (
    <>
      <AtLink to="/alerts" className={styles.back}>
        <ArrowLeft aria-hidden="true" size={14} /> All alerts
      </AtLink>
      <Answer query={query} skeleton={<Skeleton height={96} lines={4} />}>
        {(story) => <Told whole={story} at={at} />}
      </Answer>
    </>
  );
}

function Told({ whole, at }: { whole: Story; at: string | null }) {
  const story = at === null ? whole : asOf(whole, at);
  const definition = useQuery(rulesQuery).data?.find((one) => one.name === story.rule)?.definition;
  if (story.events.length === 0 && whole.events.length > 0) {
    return (
      <Empty title="This alert had not begun then.">Go to a later slot, or back to now.</Empty>
    );
  }
  const open = story.resolved_at === null;
  const later = whole.events.length - story.events.length;
  return (
    <div className={styles.story}>
      <section className={styles.head} aria-label="The alert" data-severity={story.severity}>
        <div className={styles.name}>
          <h2>{story.subject}</h2>
          <span className={styles.rule}>{story.rule}</span>
          <SeverityBadge severity={story.severity} />
          {open ? <Badge tone="warn">open</Badge> : <Badge tone="good">ended</Badge>}
          <Standing alert={story} />
        </div>
        <p className={styles.reason}>{story.reason}</p>
        {open && (
          <div className={styles.strength}>
            <Against value={story.value} definition={definition} alone />
            <AlertActions alert={story} />
          </div>
        )}
      </section>
      <Panel title="What was decided, and why" className={styles.decided}>
        <ol className={styles.line} aria-label="Decisions, the oldest first">
          {story.events.map((event) => (
            <StoryEvent key={event.event_id} event={event} />
          ))}
        </ol>
        {later > 0 && (
          <p className={styles.later}>
            {later === 1 ? "One later decision is" : `${later} later decisions are`} not shown.
          </p>
        )}
      </Panel>
      <StoryFacts story={story} />
    </div>
  );
}

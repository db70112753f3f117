/** The messages: what left, what waits, what went wrong, and what it cost. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { SelectField } from "@/design/Field";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { oneOf, useParamsHeld } from "@/frame/params";
import { deliveriesQuery, peopleQuery, type Wanted } from "../api";
import styles from "./Deliveries.module.css";
import { DeliveryRow } from "./DeliveryRow";
import { Older } from "./Feed";
import { OnlyNow } from "./OnlyNow";

const PROGRESS = ["planned", "unknown", "accepted", "sent", "failed", "delivered"] as const;
const CHANNELS = ["email", "sms", "apprise", "console"] as const;

function useWanted(): Wanted {
  const [search] = useParamsHeld();
  return {
    progress: oneOf(search.get("progress"), PROGRESS),
    person: search.get("person"),
    channel: oneOf(search.get("channel"), CHANNELS),
  };
}

export function Deliveries() {
  const wanted = useWanted();
  const query = useInfiniteQuery(deliveriesQuery(wanted));
  return (
    <>
      <OnlyNow what="Deliveries" />
      <Panel
        title="Deliveries"
        note="Each message to one contact on one channel, the newest first."
        flush
      >
        <Filters wanted={wanted} />
        <Answer query={query} skeleton={<Skeleton height={56} lines={6} />}>
          {({ pages }) => {
            const rows = pages.flatMap((page) => page.items);
            if (rows.length === 0) return <None isNarrow={Object.values(wanted).some(Boolean)} />;
            return (
              <ul className={styles.rows} aria-label="Deliveries">
                {rows.map((one) => (
                  <DeliveryRow key={one.delivery_id} delivery={one} />
                ))}
              </ul>
            );
          }}
        </Answer>
        <div className={styles.older}>
          <Older query={query} />
        </div>
      </Panel>
    </>
  );
}

function None({ isNarrow }: { isNarrow: boolean }) {
  if (isNarrow) {
    return (
      <Empty icon={Send} title="No message is like that.">
        Choose other filters above.
      </Empty>
    );
  }
  return (
    <Empty icon={Send} title="Nobody was told anything yet.">
      Messages stand here when a rule fires and names people.
    </Empty>
  );
}

function Filters({ wanted }: { wanted: Wanted }) {
  const [, choose] = useParamsHeld();
  const known = (useQuery(peopleQuery).data ?? []).map((one) => one.name);
  // Who is removed may have been told all the same.
  const people =
    wanted.person && !known.includes(wanted.person) ? [...known, wanted.person] : known;
  const choices = [
    ["progress", "Progress", "Any progress", PROGRESS],
    ["person", "Person", "Everybody", people],
    ["channel", "Channel", "Every channel", CHANNELS],
  ] as const;
  return (
    <search className={styles.filters} aria-label="Filters">
      {choices.map(([name, label, all, values]) => (
        <SelectField
          key={name}
          bare
          label={label}
          value={wanted[name] ?? ""}
          onChange={(event) => choose({ [name]: event.target.value })}
        >
          <option value="">{all}</option>
          {values.map((value) => (
            <option key={value}>{value}</option>
          ))}
        </SelectField>
      ))}
    </search>
  );
}

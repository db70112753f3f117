/** Who is told, when, and by which ways. */

import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { time } from "@/design/format";
import { useNow } from "@/design/now";
import { Fact, Facts, Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { useToast } from "@/design/Toasts";
import { useFocusStays } from "@/design/useFocusStays";
import { AtLink } from "@/frame/AtLink";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Channel, type Person, peopleQuery, type Rule, rulesQuery } from "../api";
import { useEnableContact } from "../changes";
import { personOf } from "../definition";
import { ChannelIcon } from "./ChannelIcon";
import { OnlyNow } from "./OnlyNow";
import styles from "./People.module.css";

export function People() {
  const query = useQuery(peopleQuery);
  const rules = useQuery(rulesQuery).data ?? [];
  return (
    <>
      <OnlyNow what="People" />
      <Answer query={query} skeleton={<Skeleton height={180} lines={2} />}>
        {(people) =>
          people.length === 0 ? (
            <Empty icon={UserPlus} title="Nobody can be told yet.">
              Name people in a file, and bring it in by{" "}
              <code>fintech alerts apply -f rules.toml</code>.
            </Empty>
          ) : (
            <div className={styles.people}>
              {people.map((person) => (
                <OnePerson key={person.name} person={person} rules={rules} />
              ))}
            </div>
          )
        }
      </Answer>
    </>
  );
}

function tells({ definition }: Rule, person: string): boolean {
  const { notify } = definition;
  const named = Array.isArray(notify) ? notify.map(String) : [String(notify ?? "")];
  return named.some((word) => personOf(word) === person);
}

function OnePerson({ person, rules }: { person: Person; rules: readonly Rule[] }) {
  const now = useNow();
  const telling = rules.filter((rule) => tells(rule, person.name));
  const messages = new URLSearchParams({ person: person.name });
  return (
    <Panel
      title={person.name}
      aside={
        <AtLink to={`/alerts/deliveries?${messages}`} className={styles.link}>
          Messages
        </AtLink>
      }
    >
      <Facts>
        <Fact name="Time zone">
          {person.time_zone}, {time(now, person.time_zone)} there
        </Fact>
        <Fact name="Quiet hours">{person.quiet_hours ?? "none"}</Fact>
        {person.sms_per_day !== null && <Fact name="SMS a day">{person.sms_per_day} at most</Fact>}
        <Fact name="Told by">
          {telling.length === 0
            ? "no rule"
            : telling.map((rule, place) => (
                <span key={rule.name}>
                  {place > 0 && ", "}
                  <AtLink
                    to={`/alerts/rules/${encodeURIComponent(rule.name)}`}
                    className={styles.link}
                  >
                    {rule.name}
                  </AtLink>
                </span>
              ))}
        </Fact>
      </Facts>
      <ul className={styles.contacts} aria-label={`Ways to reach ${person.name}`}>
        {person.contacts.map((contact) => (
          <Contact
            key={contact.contact_id ?? contact.address}
            name={person.name}
            contact={contact}
          />
        ))}
      </ul>
    </Panel>
  );
}

function Contact({ name, contact }: { name: string; contact: Person["contacts"][number] }) {
  const stays = useFocusStays<HTMLLIElement>();
  return (
    <li {...stays} className={styles.contact}>
      <ChannelIcon channel={contact.channel} />
      <div>
        <p>
          {contact.channel} <span className={styles.soft}>{contact.address}</span>
        </p>
        {contact.disabled_because && <p className={styles.bad}>{contact.disabled_because}</p>}
      </div>
      {contact.disabled_because ? (
        <Enable name={name} channel={contact.channel} />
      ) : (
        <Badge tone="good">in use</Badge>
      )}
    </li>
  );
}

function Enable({ name, channel }: { name: string; channel: Channel }) {
  const why = useWhyNoEdit();
  const tell = useToast();
  const enable = useEnableContact();
  return (
    <Button
      disabled={why !== null || enable.isPending}
      title={why ?? "Send there again, as after an opt-out that was taken back"}
      onClick={() =>
        // A promise, since the button is gone when the people are read again.
        void enable.mutateAsync({ name, channel }).then(
          () => tell({ text: `${name} is reached by ${channel} again.` }),
          (error: Error) => tell({ text: error.message, bad: true }),
        )
      }
    >
      Enable
      <span className="visually-hidden">
        {" "}
        {name} by {channel}
      </span>
    </Button>
  );
}

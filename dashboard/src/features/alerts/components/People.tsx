/** Who is told, and how. */

import { useQuery } from "@tanstack/react-query";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Fact, Facts, Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { useToast } from "@/design/Toasts";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Person, peopleQuery, useEnableContact } from "../api";
import styles from "./Feed.module.css";

export function People() {
  const query = useQuery(peopleQuery);
  return (
    <Answer query={query} skeleton={<Skeleton height={120} lines={2} />}>
      {(people) =>
        people.length === 0 ? (
          <Empty title="Nobody is told yet.">
            Name people in a file and take it by <code>fintech alerts apply -f rules.toml</code>.
          </Empty>
        ) : (
          <div className={styles.feed}>
            {people.map((person) => (
              <OnePerson key={person.name} person={person} />
            ))}
          </div>
        )
      }
    </Answer>
  );
}

function OnePerson({ person }: { person: Person }) {
  const why = useWhyNoEdit();
  const tell = useToast();
  const enable = useEnableContact();
  return (
    <Panel title={person.name}>
      <Facts>
        <Fact name="Time zone">{person.time_zone}</Fact>
        <Fact name="Quiet hours">{person.quiet_hours ?? "none"}</Fact>
        {person.contacts.map((contact) => (
          <Fact key={contact.channel} name={contact.channel}>
            {contact.address}{" "}
            {contact.disabled_because ? (
              <>
                <Badge tone="critical">{contact.disabled_because}</Badge>{" "}
                <Button
                  disabled={why !== null || enable.isPending}
                  title={why ?? undefined}
                  onClick={() =>
                    enable.mutate(
                      { name: person.name, channel: contact.channel },
                      { onError: (error) => tell({ text: error.message, bad: true }) },
                    )
                  }
                >
                  Use it again
                </Button>
              </>
            ) : (
              <Badge tone="good">in use</Badge>
            )}
          </Fact>
        ))}
      </Facts>
    </Panel>
  );
}

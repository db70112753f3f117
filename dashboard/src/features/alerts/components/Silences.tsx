/** What is not told for a while, and why. */

import { useQuery } from "@tanstack/react-query";
import { Button } from "@/design/Button";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { useToast } from "@/design/Toasts";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Silence, silencesQuery, useEndSilence } from "../api";

export function Silences() {
  const why = useWhyNoEdit();
  const tell = useToast();
  const end = useEndSilence();
  const lasting = useQuery(silencesQuery("lasting"));
  const ended = useQuery(silencesQuery("ended"));
  const columns: readonly Column<Silence>[] = [
    { key: "of", head: "Of", cell: (one) => one.matched },
    { key: "by", head: "By", cell: (one) => one.author },
    { key: "comment", head: "Comment", cell: (one) => one.comment || "–", wide: true },
    { key: "from", head: "From", cell: (one) => <Instant at={one.starts_at} /> },
    {
      key: "to",
      head: "Until",
      cell: (one) => (one.ends_at ? <Instant at={one.ends_at} /> : "it ends"),
    },
  ];
  const ending: Column<Silence> = {
    key: "end",
    head: <span className="visually-hidden">Change</span>,
    cell: (one) => (
      <Button
        disabled={why !== null || end.isPending}
        title={why ?? undefined}
        onClick={() =>
          end.mutate(one.silence_id, {
            onError: (error) => tell({ text: error.message, bad: true }),
            onSuccess: () => tell({ text: `The silence of ${one.matched} has ended.` }),
          })
        }
      >
        End
      </Button>
    ),
  };
  return (
    <>
      <Panel title="Silences" note="Made beside an alert in the feed." flush>
        <Answer query={lasting} skeleton={<Skeleton height={32} lines={3} />}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="Nothing is silenced." />
            ) : (
              <Table
                caption="Silences that last"
                columns={[...columns, ending]}
                rows={items}
                rowKey={(one) => one.silence_id}
              />
            )
          }
        </Answer>
      </Panel>
      <br />
      <Panel title="Ended" flush>
        <Answer query={ended} skeleton={<Skeleton height={32} lines={3} />}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="None has ended." />
            ) : (
              <Table
                caption="Silences that ended"
                columns={columns}
                rows={items}
                rowKey={(one) => one.silence_id}
              />
            )
          }
        </Answer>
      </Panel>
    </>
  );
}

/** What nobody is told of for a while, and why. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { BellOff, Plus } from "lucide-react";
import { useState } from "react";
import { Button } from "@/design/Button";
import { Segments } from "@/design/Field";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { useToast } from "@/design/Toasts";
import { AtLink } from "@/frame/AtLink";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { useParamsHeld } from "@/frame/params";
import { type Silence, silencesQuery } from "../api";
import { useEndSilence, useSilence } from "../changes";
import { Older } from "./Feed";
import { OnlyNow } from "./OnlyNow";
import { SilenceDialog } from "./SilenceDialog";

const COLUMNS: readonly Column<Silence>[] = [
  {
    key: "of",
    head: "Of",
    cell: (one) =>
      one.alert_id === null ? (
        one.matched
      ) : (
        <AtLink to={`/alerts/${one.alert_id}`}>{one.matched}</AtLink>
      ),
  },
  { key: "why", head: "Why", cell: (one) => one.comment || "–", wide: true },
  { key: "by", head: "By", cell: (one) => one.author, wide: true },
  { key: "from", head: "From", cell: (one) => <Instant at={one.starts_at} />, wide: true },
  {
    key: "to",
    head: "Until",
    cell: (one) => (one.ends_at ? <Instant at={one.ends_at} /> : "its alert ends"),
  },
];

export function Silences() {
  const [search, choose] = useParamsHeld();
  const state = search.get("state") === "ended" ? "ended" : "lasting";
  const query = useInfiniteQuery(silencesQuery(state));
  const why = useWhyNoEdit();
  const [makes, setMakes] = useState(false);
  return (
    <>
      <OnlyNow what="Silences" />
      <Panel
        title="Silences"
        note="Alerts that match are decided and kept, and nobody is told. Who has not heard of one that still fires at the end hears of it then."
        flush
        aside={
          <>
            <Segments
              label="State"
              value={state}
              choices={[
                ["lasting", "Lasting"],
                ["ended", "Ended"],
              ]}
              onChoose={(chosen) => choose({ state: chosen === "lasting" ? null : chosen })}
            />
            <Button
              look="main"
              icon={Plus}
              disabled={why !== null}
              title={why ?? undefined}
              onClick={() => setMakes(true)}
            >
              New silence
            </Button>
          </>
        }
      >
        <Answer query={query} skeleton={<Skeleton height={32} lines={4} />}>
          {({ pages }) => {
            const rows = pages.flatMap((page) => page.items);
            if (rows.length === 0) return <None state={state} />;
            return (
              <Table
                caption={state === "lasting" ? "Silences that last" : "Silences that have ended"}
                columns={state === "lasting" ? [...COLUMNS, ENDING] : COLUMNS}
                rows={rows}
                rowKey={(one) => one.silence_id}
              />
            );
          }}
        </Answer>
        <Older query={query} />
      </Panel>
      {makes && <SilenceDialog onClose={() => setMakes(false)} />}
    </>
  );
}

function None({ state }: { state: "lasting" | "ended" }) {
  if (state === "ended") return <Empty icon={BellOff} title="None has ended." />;
  return (
    <Empty icon={BellOff} title="Nothing is silenced.">
      Silence an alert beside it in the feed, or make a silence here before it rings.
    </Empty>
  );
}

const ENDING: Column<Silence> = {
  key: "end",
  head: <span className="visually-hidden">Change</span>,
  number: true,
  cell: (one) => <End silence={one} />,
};

function End({ silence }: { silence: Silence }) {
  const why = useWhyNoEdit();
  const tell = useToast();
  const end = useEndSilence();
  const make = useSilence();
  const refused = (error: Error) => tell({ text: error.message, bad: true });
  const again = () => {
    const { rule, symbol, tag, severity, alert_id, ends_at, comment } = silence;
    const asked = alert_id === null ? { rule, symbol, tag, severity, ends_at } : { alert_id };
    make.mutateAsync({ asked: { ...asked, comment } }).catch(refused);
  };
  return (
    <Button
      disabled={why !== null || end.isPending}
      title={why ?? undefined}
      onClick={() =>
        void end
          .mutateAsync(silence.silence_id)
          .then(
            () => tell({ text: `The silence of ${silence.matched} has ended.`, undo: again }),
            refused,
          )
      }
    >
      End
      <span className="visually-hidden"> the silence of {silence.matched}</span>
    </Button>
  );
}

/** Acknowledging an alert, and silencing it for a while. */

import { Bell, BellOff, Check } from "lucide-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/design/Button";
import { TextField } from "@/design/Field";
import { useToast } from "@/design/Toasts";
import { useFocusStays } from "@/design/useFocusStays";
import { useWhyNoEdit } from "@/frame/mayEdit";
import type { Alert } from "../api";
import { JUST_MADE, useAcknowledge, useEndSilence, useSilence } from "../changes";
import styles from "./AlertActions.module.css";
import { Menu } from "./Menu";
import { SilenceDialog } from "./SilenceDialog";

export function AlertActions({ alert }: { alert: Alert }) {
  const why = useWhyNoEdit();
  const [comments, setComments] = useState(false);
  const acknowledged = alert.acknowledged_at !== null;
  const about = `${alert.rule}, ${alert.subject}`;
  const stays = useFocusStays<HTMLDivElement>();
  if (comments && !acknowledged) {
    return (
      <div {...stays}>
        <Acknowledging alert={alert} about={about} onEnd={() => setComments(false)} />
      </div>
    );
  }
  return (
    <div {...stays} className={styles.actions}>
      {!acknowledged && (
        <Button
          icon={Check}
          disabled={why !== null}
          title={why ?? "Say that you look after it; only its end is told then"}
          onClick={() => setComments(true)}
        >
          Acknowledge
          <span className="visually-hidden"> {about}</span>
        </Button>
      )}
      {alert.silenced_by === null ? (
        <Silencing alert={alert} about={about} why={why} />
      ) : (
        <EndSilence id={alert.silenced_by} about={about} why={why} />
      )}
    </div>
  );
}

interface AcknowledgingProps {
  alert: Alert;
  about: string;
  onEnd: () => void;
}

/** The comment may be left out; Enter acknowledges. */
function Acknowledging({ alert, about, onEnd }: AcknowledgingProps) {
  const form = useRef<HTMLFormElement>(null);
  const acknowledge = useAcknowledge();
  const tell = useToast();
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const comment = String(new FormData(event.currentTarget).get("comment") ?? "");
    // A promise, since what is expected already replaces this form before the server answers.
    acknowledge.mutateAsync({ id: alert.alert_id, comment }).then(
      () => tell({ text: `${about} is acknowledged; only its end is told from now on.` }),
      (error: Error) => tell({ text: error.message, bad: true }),
    );
  };
  return (
    <form
      ref={form}
      className={styles.comment}
      aria-label={`Acknowledge ${about}`}
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Escape") onEnd();
      }}
    >
      <TextField
        bare
        label="Comment"
        name="comment"
        maxLength={300}
        placeholder="A comment, if you like"
        className={styles.field}
      />
      <Button look="main" type="submit" icon={Check} disabled={acknowledge.isPending}>
        Acknowledge
      </Button>
      <Button look="quiet" onClick={onEnd}>
        Cancel
      </Button>
    </form>
  );
}

interface SilencingProps {
  alert: Alert;
  about: string;
  why: string | null;
}

function Silencing({ alert, about, why }: SilencingProps) {
  const tell = useToast();
  const silence = useSilence();
  const end = useEndSilence();
  const [custom, setCustom] = useState(false);
  const refused = (error: Error) => tell({ text: error.message, bad: true });
  const silenced = (span: string | null, until: string) => {
    const { alert_id: id, rule, subject: symbol } = alert;
    // To its end, one alert; for a while, whatever the rule says of the symbol.
    const asked = span === null ? { alert_id: id } : { rule, symbol, for: span };
    silence.mutateAsync({ id, asked: { ...asked, comment: "" } }).then(
      ({ silence_id }) =>
        tell({
          text: `${about} is silenced ${until}.`,
          undo: () => void end.mutateAsync(silence_id).catch(refused),
        }),
      refused,
    );
  };
  return (
    <>
      <Menu
        icon={BellOff}
        label={
          <>
            Silence
            <span className="visually-hidden"> {about}</span>
          </>
        }
        disabled={why !== null}
        title={why ?? undefined}
        items={[
          { name: "For 1 hour", act: () => silenced("1h", "for an hour") },
          { name: "For 4 hours", act: () => silenced("4h", "for four hours") },
          { name: "Until it ends", act: () => silenced(null, "until it ends") },
          { name: "Otherwise …", act: () => setCustom(true) },
        ]}
      />
      {custom && (
        <SilenceDialog
          first={{ rule: alert.rule, symbol: alert.subject }}
          onClose={() => setCustom(false)}
        />
      )}
    </>
  );
}

function EndSilence({ id, about, why }: { id: number; about: string; why: string | null }) {
  const tell = useToast();
  const end = useEndSilence();
  return (
    <Button
      icon={Bell}
      disabled={why !== null || id === JUST_MADE || end.isPending}
      title={why ?? undefined}
      onClick={() =>
        void end.mutateAsync(id).then(
          () => tell({ text: `The silence of ${about} has ended.` }),
          (error: Error) => tell({ text: error.message, bad: true }),
        )
      }
    >
      End silence
      <span className="visually-hidden"> of {about}</span>
    </Button>
  );
}

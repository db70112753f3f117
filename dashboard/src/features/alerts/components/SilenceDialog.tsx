/** A silence of one's own: of what, for how long, and why. */

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { overviewQuery } from "@/api/shared";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Segments, SelectField, TextField } from "@/design/Field";
import { useToast } from "@/design/Toasts";
import { useToldIfGone } from "@/design/useToldIfGone";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { oneOf } from "@/frame/params";
import { rulesQuery, SEVERITIES, type SilenceAsked } from "../api";
import { useEndSilence, useSilence } from "../changes";
import styles from "./SilenceDialog.module.css";

const SPANS = [
  ["1h", "1 h"],
  ["4h", "4 h"],
  ["1d", "1 day"],
  ["1w", "1 week"],
  ["other", "Other"],
  ["until", "Until"],
] as const;

type Span = (typeof SPANS)[number][0];

interface SilenceDialogProps {
  /** What is filled in at first. */
  first?: { rule?: string; symbol?: string };
  onClose: () => void;
}

/** What is filled in; what is left empty matches everything. */
function asked(form: FormData, span: Span): SilenceAsked {
  const said = (name: string) => String(form.get(name) ?? "").trim() || null;
  const until = said("until");
  return {
    rule: said("rule"),
    symbol: said("symbol"),
    tag: said("tag"),
    severity: oneOf(said("severity"), SEVERITIES),
    ...(span === "until"
      ? { ends_at: until && new Date(until).toISOString() }
      : { for: span === "other" ? said("span") : span }),
    comment: said("comment") ?? "",
  };
}

export function SilenceDialog({ first = {}, onClose }: SilenceDialogProps) {
  const [span, setSpan] = useState<Span>("4h");
  const why = useWhyNoEdit();
  const tell = useToast();
  const toldIfGone = useToldIfGone();
  const silence = useSilence();
  const end = useEndSilence();
  const refused = (error: Error) => tell({ text: error.message, bad: true });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // A promise, since the alert beside which it was opened is silenced before, and takes it along.
    silence
      .mutateAsync({ asked: asked(new FormData(event.currentTarget), span) })
      .then(({ silence_id, matched, covers }) => {
        const open = covers.length === 1 ? "one open alert" : `${covers.length} open alerts`;
        tell({
          text: `Silenced: ${matched}. It covers ${open} now.`,
          undo: () => void end.mutateAsync(silence_id).catch(refused),
        });
        onClose();
      }, toldIfGone);
  };
  return (
    <Dialog title="A new silence" onClose={onClose}>
      <form className={styles.form} onSubmit={submit}>
        <p className={styles.note}>
          Alerts that match all of this are decided and kept, and nobody is told. What is left empty
          matches everything.
        </p>
        <Matchers first={first} />
        <div className={styles.whole}>
          <Segments label="For how long" value={span} choices={SPANS} onChoose={setSpan} />
        </div>
        {span === "other" && (
          <TextField
            label="For"
            name="span"
            placeholder="2h 30m"
            required
            className={styles.whole}
          />
        )}
        {span === "until" && (
          <TextField
            label="Until, in your time zone"
            name="until"
            type="datetime-local"
            required
            className={styles.whole}
          />
        )}
        <TextField
          label="Why"
          name="comment"
          maxLength={300}
          placeholder="Earnings call"
          className={styles.whole}
        />
        {silence.error && (
          <p className={styles.wrong} role="alert">
            {silence.error.message}
          </p>
        )}
        <div className={styles.ending}>
          <Button
            look="main"
            type="submit"
            disabled={why !== null || silence.isPending}
            title={why ?? undefined}
          >
            Silence
          </Button>
          <Button look="quiet" onClick={onClose}>
            Cancel
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Matchers({ first }: { first: { rule?: string; symbol?: string } }) {
  const rules = useQuery(rulesQuery).data ?? [];
  const symbols = useQuery(overviewQuery(null)).data?.symbols ?? [];
  const tags = [...new Set(symbols.flatMap((one) => one.tags))].sort();
  const id = useId();
  const names = [
    ...new Set([...rules.map((one) => one.name), ...(first.rule ? [first.rule] : [])]),
  ];
  return (
    <>
      <SelectField label="Rule" name="rule" defaultValue={first.rule ?? ""}>
        <option value="">Every rule</option>
        {names.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </SelectField>
      <TextField
        label="Symbol"
        name="symbol"
        defaultValue={first.symbol}
        placeholder="Every symbol"
        list={`${id}-symbols`}
        autoComplete="off"
        maxLength={80}
      />
      <TextField
        label="Tag"
        name="tag"
        placeholder="Every tag"
        list={`${id}-tags`}
        autoComplete="off"
        maxLength={40}
      />
      <SelectField label="Severity" name="severity" defaultValue="">
        <option value="">Every severity</option>
        {SEVERITIES.map((severity) => (
          <option key={severity}>{severity}</option>
        ))}
      </SelectField>
      <datalist id={`${id}-symbols`}>
        {symbols.map((one) => (
          <option key={one.symbol} value={one.symbol}>
            {one.name}
          </option>
        ))}
      </datalist>
      <datalist id={`${id}-tags`}>
        {tags.map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
    </>
  );
}

/** Have a headline judged, here and now; nothing is stored but in this tab. */

import { X } from "lucide-react";
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { useLocation, useNavigationType } from "react-router";
import { nowMs } from "@/api/clock";
import { Problem } from "@/api/problem";
import { Button, IconButton } from "@/design/Button";
import { TextArea } from "@/design/Field";
import { Panel } from "@/design/Panel";
import { useCountdown } from "@/design/useCountdown";
import { useToldIfGone } from "@/design/useToldIfGone";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Question, useAnalyze } from "../api";
import { useTries } from "../tries";
import styles from "./Analyze.module.css";
import { SymbolSelect } from "./Filters";
import { Tries } from "./Tries";
import { Verdict } from "./Verdict";

interface AnalyzeProps {
  /** Whether it was asked for; then the text takes the focus. */
  asked: boolean;
  symbol: string | null;
  onClose: () => void;
}

const NOTHING: Question = { text: "", symbol: "", summary: "" };

export function Analyze({ asked, symbol, onClose }: AnalyzeProps) {
  const [entry, setEntry] = useState<Question>({ ...NOTHING, symbol: symbol ?? "" });
  const [tries, add] = useTries();
  const analyze = useAnalyze();
  const toldIfGone = useToldIfGone();
  const whyNot = useWhyNoEdit();
  const form = useRef<HTMLFormElement>(null);
  const { key } = useLocation();
  const filtered = useNavigationType() === "REPLACE";
  const write = useCallback(() => form.current?.querySelector("textarea")?.focus(), []);
  useEffect(() => {
    if (asked) write();
  }, [asked, write]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: by its key it may be asked for again
  useEffect(() => {
    // A filter changes the URL in place, and whoever types one keeps the focus.
    if (asked && !filtered) write();
  }, [key]);
  const pause = analyze.error instanceof Problem ? analyze.error.retryAfterSeconds : null;
  const left = useCountdown(pause, analyze.error);
  const ready = entry.text.trim() !== "" && entry.symbol !== "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ready || left > 0 || whyNot !== null || analyze.isPending) return;
    const question = { ...entry, text: entry.text.trim(), summary: entry.summary?.trim() ?? "" };
    analyze
      .mutateAsync(question)
      .then(
        (analysis) => add({ question, analysis, at: new Date(nowMs()).toISOString() }),
        toldIfGone,
      );
  };
  const change = (part: Partial<Question>) => setEntry({ ...entry, ...part });
  return (
    <Panel
      title="Analyze a headline"
      note="The models that judge the news judge your text. Nothing is stored."
      aside={<IconButton label="Close" icon={X} className={styles.close} onClick={onClose} />}
    >
      <form ref={form} className={styles.form} onSubmit={submit}>
        <TextArea
          label="Headline, or a few sentences"
          rows={3}
          maxLength={1000}
          required
          value={entry.text}
          disabled={whyNot !== null}
          onChange={(event) => change({ text: event.target.value })}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) submit(event);
          }}
        />
        <SymbolSelect
          bare={false}
          label="For whom"
          none="Choose a symbol"
          at={null}
          value={entry.symbol}
          disabled={whyNot !== null}
          onChange={(chosen) => change({ symbol: chosen })}
        />
        <details className={styles.summary}>
          <summary>Add what follows the headline</summary>
          <TextArea
            bare
            label="Summary"
            rows={3}
            maxLength={4000}
            value={entry.summary}
            disabled={whyNot !== null}
            onChange={(event) => change({ summary: event.target.value })}
          />
        </details>
        {whyNot && <p className={styles.whyNot}>{whyNot}</p>}
        <Button
          look="main"
          type="submit"
          disabled={!ready || left > 0 || whyNot !== null || analyze.isPending}
          title={whyNot ?? undefined}
        >
          {analyze.isPending ? "Asking" : left > 0 ? `Again in ${left} s` : "Analyze"}
        </Button>
      </form>
      <div aria-live="polite">
        {analyze.error && !analyze.isPending && (
          <p role="alert" className={styles.wrong}>
            {analyze.error.message}
          </p>
        )}
        {analyze.data && !analyze.isPending && <Verdict analysis={analyze.data} />}
      </div>
      <Tries
        tries={tries}
        onChoose={({ question }) => {
          analyze.reset();
          setEntry(question);
        }}
      />
    </Panel>
  );
}

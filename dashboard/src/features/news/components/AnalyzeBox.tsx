/** What the model in use makes of a text of one’s own. */

import { type FormEvent, useRef } from "react";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { SelectField, TextArea } from "@/design/Field";
import { Score, ScoreBar } from "@/design/Figure";
import { share, usd } from "@/design/format";
import { Panel } from "@/design/Panel";
import { Failure } from "@/design/States";
import { useWhyNoEdit } from "@/frame/mayEdit";
import { type Analysis, useAnalyze } from "../api";
import styles from "./News.module.css";

export function AnalyzeBox({ symbols }: { symbols: readonly string[] }) {
  const analyze = useAnalyze();
  const why = useWhyNoEdit();
  const form = useRef<HTMLFormElement>(null);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!form.current) return;
    const entered = new FormData(form.current);
    analyze.mutate({
      text: String(entered.get("text") ?? ""),
      symbol: String(entered.get("symbol") ?? ""),
      summary: "",
    });
  };
  return (
    <Panel title="Analyze a headline" note="Judged by the model in use; nothing of it is stored.">
      <form ref={form} className={styles.analyze} onSubmit={submit}>
        <TextArea
          label="Headline"
          name="text"
          rows={3}
          required
          maxLength={1000}
          placeholder="Apple beats estimates and raises its guidance"
        />
        <SelectField label="About" name="symbol">
          {symbols.map((symbol) => (
            <option key={symbol}>{symbol}</option>
          ))}
        </SelectField>
        <Button
          look="main"
          type="submit"
          disabled={why !== null || analyze.isPending || symbols.length === 0}
          title={why ?? undefined}
        >
          {analyze.isPending ? "Judging…" : "Judge it"}
        </Button>
      </form>
      {analyze.error && <Failure error={analyze.error} retry={() => submit()} />}
      {analyze.data && <Told analysis={analyze.data} />}
    </Panel>
  );
}

function Told({ analysis }: { analysis: Analysis }) {
  const { model } = analysis;
  return (
    <div className={styles.answer} role="status">
      {analysis.score == null ? (
        <p>Not scored: {analysis.unscored}</p>
      ) : (
        <>
          <p className={styles.score}>
            <Score value={analysis.score} />
            <Badge>{analysis.label}</Badge>
          </p>
          <ScoreBar value={analysis.score} label="Score" />
          <p>{share(analysis.confidence)} sure.</p>
        </>
      )}
      {analysis.reasons.map((reason) => (
        <p key={reason}>{reason}</p>
      ))}
      <p className={styles.line}>
        By {model.answered_by}
        {model.stood_in_for.map((one) => (
          <span key={one.version}>
            instead of {one.version}: {one.because}
          </span>
        ))}
        <span>
          {analysis.tokens ?? 0} tokens, {usd(analysis.cost_usd ?? 0)}
        </span>
      </p>
    </div>
  );
}

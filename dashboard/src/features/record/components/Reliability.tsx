/** Did prices rise as often as the articles' scores said? */

import { lazy } from "react";
import { ChartFrame } from "@/charts/ChartFrame";
import { SelectField } from "@/design/Field";
import { count, share, signed } from "@/design/format";
import { Fact, Facts, Panel } from "@/design/Panel";
import { Empty } from "@/design/States";
import type { Column } from "@/design/Table";
import type { Calibration, Review } from "../api";
import { after, ENOUGH, interval, rangeOf, tooFew } from "../figures";
import { Explain } from "./Explain";
import styles from "./Reliability.module.css";
import { Few } from "./Rules";

const ReliabilityChart = lazy(() => import("./ReliabilityChart"));
const HEIGHT = 320;

type Bin = Calibration["reliability"][number];

/** The scores of a bin: `−0.60 to −0.20`. */
function scores(bin: Bin): string {
  return `${signed(bin.low)} to ${signed(bin.high)}`;
}

const COLUMNS: Column<Bin>[] = [
  { key: "scores", head: "score", cell: scores },
  { key: "count", head: "articles", number: true, cell: (bin) => count(bin.rose.count) },
  {
    key: "said",
    head: "said a rise of",
    number: true,
    cell: (bin) => share(bin.mean_probability),
  },
  {
    key: "rose",
    head: "rose, 95 %",
    number: true,
    cell: (bin) => {
      const range = rangeOf(bin.rose);
      return range ? interval(range) : <Few text={tooFew(bin.rose.windows)} />;
    },
  },
];

interface ReliabilityProps {
  figures: Review["sentiment"][number] | undefined;
  horizon: string;
  chosen: string | null;
  onChoose: (group: string) => void;
}

export function Reliability({ figures, horizon, chosen, onChoose }: ReliabilityProps) {
  const models = figures?.models ?? [];
  const outlets = figures?.outlets ?? [];
  const shown = [...models, ...outlets].find((one) => one.group === chosen) ?? models[0];
  return (
    <Panel
      title="Reliability of sentiment"
      aside={
        <>
          {shown && (
            <SelectField
              bare
              label="Model or outlet"
              value={shown.group}
              onChange={(event) => onChoose(event.target.value)}
            >
              <Groups label="Models" of={models} />
              <Groups label="Outlets" of={outlets} />
            </SelectField>
          )}
          <Explain what="reliability" />
        </>
      }
      note={`How often prices rose ${after(horizon)} the article was known, by what its score said.`}
    >
      {shown ? <Shown calibration={shown} horizon={horizon} /> : <Empty title="No scores yet" />}
    </Panel>
  );
}

function Groups({ label, of }: { label: string; of: readonly Calibration[] }) {
  if (of.length === 0) return null;
  return (
    <optgroup label={label}>
      {of.map((one) => (
        <option key={one.group}>{one.group}</option>
      ))}
    </optgroup>
  );
}

function Shown({ calibration, horizon }: { calibration: Calibration; horizon: string }) {
  const points = calibration.reliability.flatMap((bin) => {
    const range = rangeOf(bin.rose);
    if (!range || bin.mean_probability === null) return [];
    return [{ ...range, said: bin.mean_probability, count: bin.rose.count, name: scores(bin) }];
  });
  return (
    <div className={styles.both}>
      {points.length === 0 ? (
        <Empty title="Too few articles yet">
          A point needs {ENOUGH} windows of time; the figures beside say how far it is.
        </Empty>
      ) : (
        <ChartFrame
          label={`Reliability of ${calibration.group}, ${after(horizon)}`}
          height={HEIGHT}
          columns={COLUMNS}
          rows={calibration.reliability}
          rowKey={(bin) => bin.low}
        >
          <ReliabilityChart points={points} height={HEIGHT} />
        </ChartFrame>
      )}
      <CalibrationFacts calibration={calibration} />
    </div>
  );
}

function CalibrationFacts({ calibration }: { calibration: Calibration }) {
  const { brier, brier_of_base: base, rose, hit_rate } = calibration;
  const enough = rangeOf(rose) !== null;
  const hits = rangeOf(hit_rate);
  return (
    <div>
      <p className={styles.verdict}>
        {!enough || brier === null || base === null
          ? `Too few: ${rose.windows} of ${ENOUGH} windows.`
          : brier < base
            ? "Its probabilities are nearer to what came than the base rate is."
            : "Its probabilities are further off than the base rate, which needs no article."}
      </p>
      <Facts>
        <Fact
          name={
            <>
              Brier score <Explain what="brier" />
            </>
          }
        >
          {enough && brier !== null ? brier.toFixed(3) : "–"}
        </Fact>
        <Fact name="of the base rate">{enough && base !== null ? base.toFixed(3) : "–"}</Fact>
        <Fact name="price went the score’s way, 95 %">
          {hits ? interval(hits) : tooFew(hit_rate.windows)}
        </Fact>
        <Fact name="articles">{count(rose.count)}</Fact>
        <Fact name="worth independent">{count(rose.effective)}</Fact>
      </Facts>
    </div>
  );
}

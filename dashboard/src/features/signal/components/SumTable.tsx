/** The score added up: each component as a step of a waterfall and as value × weight = contribution. */

import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { Score } from "@/design/Figure";
import { signed, words } from "@/design/format";
import type { WholeSignal } from "../api";
import { type Added, addedUp, definitionOf, type Sum } from "../sums";
import { usePrinting } from "../usePrinting";
import { axisOf } from "../waterfall";
import { AxisHead } from "./AxisHead";
import { Check } from "./Check";
import { plain } from "./Equation";
import { Inside } from "./Inside";
import { Step } from "./Step";
import styles from "./SumTable.module.css";

export function SumTable({ signal }: { signal: WholeSignal }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const printing = usePrinting();
  const sum = addedUp(signal);
  const bands = definitionOf(signal)?.bands ?? null;
  const axis = axisOf(sum, bands ? Object.values(bands).map((band) => band.enter) : []);
  const turn = (name: string) => {
    const next = new Set(open);
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  return (
    <table className={styles.table}>
      <caption className="visually-hidden">
        The contributions of the components, value × weight each, and their sum, the score
      </caption>
      <thead>
        <tr>
          <th scope="col">Component</th>
          <th scope="col" className={styles.picture}>
            <AxisHead axis={axis} bands={bands} />
          </th>
          <th scope="col" className={styles.number}>
            Value
          </th>
          <th scope="col" className={styles.number}>
            × Weight
          </th>
          <th scope="col" className={styles.number}>
            = Adds
          </th>
        </tr>
      </thead>
      {sum.parts.map((one, n) => (
        <tbody key={one.part.name}>
          <PartRow
            one={one}
            opened={open.has(one.part.name)}
            turn={() => turn(one.part.name)}
            picture={<Step axis={axis} bands={bands} from={one.from} to={one.to} first={n === 0} />}
          />
          {(printing || open.has(one.part.name)) && (
            <tr className={styles.inside}>
              <td colSpan={5} id={`inside-${one.part.name}`}>
                <Inside part={one.part} signal={signal} />
              </td>
            </tr>
          )}
        </tbody>
      ))}
      <tfoot>
        <tr className={styles.total}>
          <th scope="row">
            Score<span className={styles.reason}>the sum, added up on this page</span>
          </th>
          <td className={styles.picture}>
            <Step axis={axis} bands={bands} from={0} to={sum.total} total />
          </td>
          <td className={styles.number} />
          <td className={styles.number}>{plain(sum.weights)}</td>
          <td className={styles.number}>
            <Score value={sum.total} digits={6} />
          </td>
        </tr>
        <tr>
          <td colSpan={5} className={styles.told}>
            <Told sum={sum} score={signal.score} />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}

function PartRow({
  one,
  opened,
  turn,
  picture,
}: {
  one: Added;
  opened: boolean;
  turn: () => void;
  picture: React.ReactNode;
}) {
  const { part } = one;
  return (
    <tr className={styles.part}>
      <th scope="row">
        <button
          type="button"
          className={styles.name}
          aria-expanded={opened}
          aria-controls={opened ? `inside-${part.name}` : undefined}
          onClick={turn}
        >
          <ChevronRight aria-hidden="true" size={16} className={styles.chevron} />
          <span>
            {words(part.name)}
            <span className={styles.reason}>{part.reason}</span>
          </span>
        </button>
      </th>
      <td className={styles.picture}>{picture}</td>
      <td className={styles.number}>
        <Score value={part.value} digits={6} />
      </td>
      <td className={styles.number}>
        <span className={styles.operator}>× </span>
        {plain(part.weight)}
      </td>
      <td className={styles.number}>
        <span className={styles.operator}>= </span>
        <strong>
          <Score value={part.contribution} digits={6} />
        </strong>
        {!one.multiplies && (
          <>
            <br />
            <Check good={false}>not {signed(part.value * part.weight, 6)}</Check>
          </>
        )}
      </td>
    </tr>
  );
}

function Told({ sum, score }: { sum: Sum; score: number }) {
  const bounded = Math.abs(sum.total) > 1;
  return (
    <>
      <Check good={sum.equals}>
        {sum.equals
          ? `${signed(sum.total, 6)}${bounded ? ", bounded to the scale," : ""} equals the stored score, ${signed(score, 6)}, to the last digit.`
          : `${signed(sum.total, 6)} is not the stored score, ${signed(score, 6)}: ${signed(sum.off, 6)} off. Tell whoever runs this; fintech signals replay finds out what was changed.`}
      </Check>{" "}
      Value and weight have six decimals. Their product is rounded to six again, and what is added
      is what is shown, so the sum is exact.
    </>
  );
}

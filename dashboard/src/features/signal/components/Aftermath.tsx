/** The price up to the slot and what happened then, with the outcomes at each horizon. */

import { useQuery } from "@tanstack/react-query";
import { ChartFrame } from "@/charts/ChartFrame";
import { Badge, type Tone } from "@/design/Badge";
import { Change } from "@/design/Figure";
import { price } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Bars, barsAfterQuery, barsBeforeQuery, type WholeSignal } from "../api";
import { type Fate, fateOf, horizonsOf } from "../outcomes";
import styles from "./Aftermath.module.css";
import { type Point, PriceChart } from "./PriceChart";

const HEIGHT = 200;
/** How many bars before the slot are drawn. */
const DRAWN = 96;

export function Aftermath({ signal, until }: { signal: WholeSignal; until: string | null }) {
  const { symbol, interval, slot_at: slotAt } = signal;
  const from = signal.bars?.newest.opened_at ?? slotAt;
  const before = useQuery(barsBeforeQuery(symbol, interval, slotAt));
  const after = useQuery(barsAfterQuery(symbol, interval, { from, slotAt, until }));
  return (
    <Panel
      title="What happened then"
      note="The price up to the slot, and greyed what came after; the signal knew nothing of it."
    >
      <Answer query={before} skeleton={<Skeleton height={HEIGHT} />}>
        {(bars) => <Course signal={signal} points={pointsOf(signal, bars, after.data)} />}
      </Answer>
      <Outcomes signal={signal} />
    </Panel>
  );
}

function Course({ signal, points }: { signal: WholeSignal; points: Point[] }) {
  if (points.length < 2) return <Empty title="No bars of this time are stored any more." />;
  return (
    <ChartFrame
      label={`Price of ${signal.symbol} in ${signal.currency} before and after the slot`}
      height={HEIGHT}
      columns={[
        { key: "at", head: "Bar closed", cell: (row: Point) => <Instant at={row.closedAt} /> },
        { key: "when", head: "", cell: (row: Point) => (row.after ? "after the slot" : "before") },
        {
          key: "close",
          head: `Close, ${signal.currency}`,
          number: true,
          cell: (row: Point) => price(row.close),
        },
      ]}
      rows={points}
      rowKey={(row) => row.closedAt}
    >
      <PriceChart points={points} level={signal.price} />
    </ChartFrame>
  );
}

/** One course in the shares of the slot, whatever was split or paid later. */
function pointsOf(signal: WholeSignal, before: Bars, after: Bars | undefined): Point[] {
  const slot = Date.parse(signal.slot_at);
  const seen = before.closed_at
    .map((closedAt, n) => ({ closedAt, close: before.close[n] ?? Number.NaN, after: false }))
    .filter((point) => Date.parse(point.closedAt) <= slot)
    .slice(-DRAWN);
  const judged = after?.closed_at.findIndex((closedAt) => Date.parse(closedAt) === slot) ?? -1;
  const atSlot = after?.close[judged];
  const scale = atSlot ? signal.price / atSlot : 1;
  const later = (after?.closed_at ?? [])
    .map((closedAt, n) => ({
      closedAt,
      close: (after?.close[n] ?? Number.NaN) * scale,
      after: true,
    }))
    .filter((point) => Date.parse(point.closedAt) > slot);
  return [...seen, ...later];
}

const TONES: Record<Fate, Tone> = {
  hit: "good",
  miss: "critical",
  neither: "plain",
  unknown: "plain",
};

function Outcomes({ signal }: { signal: WholeSignal }) {
  if (!signal.live) {
    return (
      <p className={styles.note}>
        A backfilled signal has no outcome of its own: nobody acted on it. The track record counts
        such signals apart.
      </p>
    );
  }
  const settled = new Map(signal.outcomes.map((one) => [one.horizon, one]));
  const action = signal.revisions[0]?.action ?? signal.action;
  return (
    <>
      <table className={styles.outcomes}>
        <caption className="visually-hidden">Outcomes by horizon</caption>
        <thead>
          <tr>
            <th scope="col">After</th>
            <th scope="col">In and out</th>
            <th scope="col" className={styles.number}>
              Return
            </th>
            <th scope="col" className={styles.number}>
              Verdict
            </th>
          </tr>
        </thead>
        <tbody>
          {horizonsOf(signal.interval).map((horizon) => {
            const outcome = settled.get(horizon);
            const fate = outcome && fateOf(action, outcome);
            return (
              <tr key={horizon}>
                <th scope="row">{horizon}</th>
                <td>
                  {outcome?.entered_at ? (
                    <>
                      <Instant at={outcome.entered_at} /> to <Instant at={outcome.left_at} />
                    </>
                  ) : (
                    (outcome?.reason ?? "waits: not settled yet")
                  )}
                </td>
                <td className={styles.number}>
                  <Change pct={outcome?.return_pct} />
                </td>
                <td className={styles.number}>
                  {fate ? <Badge tone={TONES[fate]}>{fate}</Badge> : <Badge>waits</Badge>}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className={styles.note}>
        In at the first open after the signal was there, out at the horizon’s close; total return,
        nothing taken off for costs. It is the first revision that is judged. Of hold, nothing is
        foretold.
      </p>
    </>
  );
}

/** The heat grid of slots: a glance tells where something lacks, a cell tells why. */

import {
  type KeyboardEvent,
  memo,
  type SyntheticEvent,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { date, moment, words } from "@/design/format";
import { type PageKey, usePageKeys } from "@/frame/keys";
import { type Cell, type CellState, type GridDay, meaning, neighbour } from "../slotGrid";
import { SlotDetail } from "./SlotDetail";
import styles from "./SlotGrid.module.css";

const LEGEND: readonly (readonly [CellState, string])[] = [
  ["done", "done"],
  ["partial", "partial"],
  ["closed", "closed"],
  ["missing", "missing"],
  ["unrecorded", "nothing recorded"],
];
/** Every so many half hours the head tells the time. */
const TOLD_EVERY = 4;
const HEADS = Array.from({ length: 48 }, (_, place) => {
  const minutes = (place + 1) * 30;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${minutes % 60 ? "30" : "00"}`;
});

interface SlotGridProps {
  days: readonly GridDay[];
  onFollow: (runIds: readonly string[]) => void;
}

const KEYS: readonly PageKey[] = [
  { keys: ["←", "→", "↑", "↓"], does: "From slot to slot, in the grid" },
  { keys: ["Home", "End"], does: "The first slot of a day, the last" },
];

export function SlotGrid({ days, onFollow }: SlotGridProps) {
  usePageKeys(KEYS);
  const table = useRef<HTMLTableElement>(null);
  const frame = useRef<HTMLElement>(null);
  const cells = useMemo(() => new Map(cellsOf(days).map((cell) => [cell.key, cell])), [days]);
  const [chosen, setChosen] = useState<string | null>(null);
  // Until somebody chooses one, it is the newest that lacks something, or else the newest.
  const first = useMemo(() => firstShown(days), [days]);
  const active = (chosen !== null && cells.get(chosen)) || first;
  const activeKey = active?.key ?? "";

  // On a narrow screen the newest slots are seen first.
  const newest = first?.key;
  useEffect(() => {
    const element = frame.current;
    const cell = newest === undefined ? null : cellElement(table.current, newest);
    if (element && cell) element.scrollLeft = cell.offsetLeft - element.clientWidth * 0.7;
  }, [newest]);

  const choose = useCallback((event: SyntheticEvent) => {
    const key = (event.target as HTMLElement).closest<HTMLElement>("[data-cell]")?.dataset.cell;
    if (key !== undefined) setChosen(key);
  }, []);
  const move = (event: KeyboardEvent) => {
    const goal = neighbour(days, activeKey, event.key);
    if (goal === activeKey) return;
    event.preventDefault();
    setChosen(goal);
    cellElement(table.current, goal)?.focus();
  };
  return (
    <>
      <section className={styles.frame} ref={frame} aria-label="Grid of slots">
        <table
          ref={table}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its cells are gone through by arrows
          role="grid"
          className={styles.grid}
          aria-label="What each asset did for each slot"
          onFocus={choose}
          onMouseOver={choose}
          onClick={choose}
          onKeyDown={move}
        >
          <thead>
            <tr>
              <th scope="col" className={styles.corner}>
                UTC
              </th>
              {HEADS.map((head, place) => (
                <th key={head} scope="col" className={styles.head}>
                  <span
                    className={(place + 1) % TOLD_EVERY === 0 ? styles.hour : "visually-hidden"}
                  >
                    {head}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          {days.map((day) => (
            <tbody key={day.on}>
              <tr>
                <th scope="rowgroup" colSpan={49} className={styles.day}>
                  <span>{date(day.on)}</span>
                </th>
              </tr>
              {day.rows.map((row) => (
                <Row
                  key={row.asset}
                  asset={row.asset}
                  cells={row.cells}
                  active={row.cells.some(({ key }) => key === activeKey) ? activeKey : null}
                />
              ))}
            </tbody>
          ))}
        </table>
      </section>
      <ul className={styles.legend} aria-label="What the cells mean">
        {LEGEND.map(([state, name]) => (
          <li key={state}>
            <span className={styles.cell} data-state={state} aria-hidden="true" />
            {name}
          </li>
        ))}
        <li>
          <span className={styles.cell} data-state="done" data-fallback aria-hidden="true" />
          by a fallback
        </li>
      </ul>
      {active && <SlotDetail cell={active} onFollow={onFollow} />}
    </>
  );
}

const Row = memo(function Row({
  asset,
  cells,
  active,
}: {
  asset: string;
  cells: readonly Cell[];
  active: string | null;
}) {
  return (
    <tr>
      <th scope="row" className={styles.asset}>
        {words(asset)}
      </th>
      {cells.map((cell) => (
        <td
          key={cell.key}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of that grid
          role="gridcell"
          className={styles.place}
          tabIndex={cell.key === active ? 0 : -1}
          aria-selected={cell.key === active}
          aria-label={`${words(cell.asset)}, ${moment(cell.slotAt)}: ${cell.state}. ${meaning(cell)}`}
          data-cell={cell.key}
        >
          <span
            className={styles.cell}
            data-state={cell.state}
            data-fallback={Object.keys(cell.slot?.fallbacks ?? {}).length > 0 || undefined}
          />
        </td>
      ))}
    </tr>
  );
});

function cellsOf(days: readonly GridDay[]): Cell[] {
  return days.flatMap((day) => day.rows.flatMap((row) => row.cells));
}

function firstShown(days: readonly GridDay[]): Cell | undefined {
  const there = cellsOf(days).filter(({ state }) => state !== "ahead");
  there.sort((a, b) => b.slotAt.localeCompare(a.slotAt));
  const newestAt = there[0]?.slotAt;
  const newest = there.filter(({ slotAt }) => slotAt === newestAt);
  return newest.find(({ state }) => state === "partial" || state === "missing") ?? newest[0];
}

function cellElement(table: HTMLElement | null, key: string): HTMLElement | null {
  return table?.querySelector<HTMLElement>(`[data-cell="${key}"]`) ?? null;
}

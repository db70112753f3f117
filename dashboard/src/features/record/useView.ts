/** What the track record shows, as the URL has it. */

import { useAt } from "@/frame/at";
import { type SetParams, useParamsHeld } from "@/frame/params";
import { type Asked, HORIZONS, type HorizonName } from "./api";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export type Param =
  | "strategy"
  | "horizon"
  | "symbol"
  | "backfilled"
  | "from"
  | "to"
  | "narrow"
  | "model"
  | "backtest";

export interface View {
  strategy: string | null;
  horizon: HorizonName | null;
  model: string | null;
  /** The number of the backtest that is opened; null for the newest. */
  backtest: number | null;
  /** Days as the URL has them, for the controls. */
  from: string;
  to: string;
  /** What is asked of the server. */
  asked: Asked;
  past: boolean;
  set: SetParams<Param>;
}

/** A horizon by its name; null where it is none. */
export function horizonNamed(name: string | null): HorizonName | null {
  return HORIZONS.find((one) => one === name) ?? null;
}

function numberOf(text: string | null): number | null {
  const number = Number(text);
  return Number.isSafeInteger(number) && number > 0 ? number : null;
}

function dayOf(text: string | null): string {
  return text !== null && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : "";
}

/** A day's last instant, but none after the past slot that is looked at. */
function endOf(to: string, at: string | null): string | null {
  const end = to === "" ? null : `${to}T23:59:59Z`;
  if (at === null) return end;
  return end === null || end > at ? at : end;
}

export function useView(): View {
  const [search, set] = useParamsHeld<Param>();
  const at = useAt();
  const strategy = search.get("strategy");
  const horizon = horizonNamed(search.get("horizon"));
  const from = dayOf(search.get("from"));
  const to = dayOf(search.get("to"));
  const narrow = search.get("narrow") === "true";
  return {
    strategy,
    horizon,
    model: search.get("model"),
    backtest: numberOf(search.get("backtest")),
    from,
    to,
    past: at !== null,
    set,
    asked: {
      backfilled: search.get("backfilled") === "true",
      symbol: search.get("symbol") || null,
      from: from === "" ? null : `${from}T00:00:00Z`,
      to: endOf(to, at),
      strategy: narrow ? strategy : null,
      horizon: narrow ? horizon : null,
    },
  };
}

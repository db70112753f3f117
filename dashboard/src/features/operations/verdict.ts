/** "Is anything wrong?", answered from what every part of the page knows. Pure. */

import type { Told } from "@/api/client";
import { duration, words } from "@/design/format";
import { ended, type FreshnessTold, type Quota, type Readiness, type RunShown } from "./api";

/** The parts of the page, as the URL names them; empty is the first. */
export type Place = "" | "runs" | "quotas" | "cluster" | "health";

export interface Finding {
  what: string;
  place: Place;
  grave: boolean;
}

/** What is known; undefined where it is not read yet, an error where it cannot be. */
export interface Known {
  freshness?: FreshnessTold | undefined;
  runs?: readonly RunShown[] | undefined;
  quotas?: readonly Quota[] | undefined;
  cluster?: Told<"ClusterShown"> | undefined;
  readiness?: Readiness | undefined;
}

/** A tick that is not over so long after it was due is late. */
const LATE_SECONDS = 15 * 60;
/** From here on the API reads no replica. */
const LAG_SECONDS = 5;

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** What is wrong, the gravest first; empty where nothing is. */
export function findings(known: Known, now: Date): Finding[] {
  const found = [
    ...ofReadiness(known.readiness),
    ...ofFreshness(known.freshness, now),
    ...ofRuns(known.runs),
    ...ofQuotas(known.quotas, now),
    ...ofCluster(known.cluster),
  ];
  return found.sort((a, b) => Number(b.grave) - Number(a.grave));
}

function ofReadiness(told: Readiness | undefined): Finding[] {
  if (!told || told.status === "ready") return [];
  const [reason] = told.reasons;
  const what = `the API is ${told.status}${reason ? ` (${clause(reason)})` : ""}`;
  return [{ what, place: "health", grave: told.status === "not ready" }];
}

function ofFreshness(told: FreshnessTold | undefined, now: Date): Finding[] {
  if (!told) return [];
  const found: Finding[] = [];
  const late = (now.getTime() - Date.parse(told.next_tick_at)) / 1000;
  if (late > LATE_SECONDS) {
    found.push({ what: `the tick is ${duration(late)} late`, place: "", grave: true });
  }
  for (const { asset, missing } of told.assets) {
    if (missing === 0) continue;
    const what = `${words(asset)} miss ${plural(missing, "slot")} of the last day`;
    found.push({ what, place: "", grave: true });
  }
  const missed = told.missing_days.length;
  if (missed > 0 && found.length === 0) {
    found.push({ what: `${plural(missed, "day")} lack slots`, place: "", grave: false });
  }
  for (const { asset, newest_slot_at } of told.assets) {
    const lacking = told.lacking.filter(
      (one) => one.asset === asset && one.newest_slot_at === newest_slot_at,
    );
    if (lacking.length === 0) continue;
    const names = lacking.slice(0, 3).map(({ who }) => who);
    const more = lacking.length > 3 ? ` and ${lacking.length - 3} more` : "";
    const what = `the newest slot of ${words(asset)} lacks ${names.join(", ")}${more}`;
    found.push({ what, place: "", grave: false });
  }
  return found;
}

function ofRuns(runs: readonly RunShown[] | undefined): Finding[] {
  const last = runs?.find(({ status }) => ended(status));
  if (last?.status !== "failure") return [];
  return [{ what: `the last ${last.job} failed`, place: "runs", grave: true }];
}

function ofQuotas(quotas: readonly Quota[] | undefined, now: Date): Finding[] {
  return (quotas ?? []).flatMap((one): Finding[] => {
    const { provider, trouble, left, left_usd } = one;
    const told = (what: string, grave: boolean): Finding[] => [{ what, place: "quotas", grave }];
    if (trouble) return told(`${provider} ${trouble}`, isLeftAlone(one, now));
    if (left === 0) return told(`${provider} has no request left today`, false);
    if (left_usd !== null && Number(left_usd) <= 0) {
      return told(`${provider} has spent its money of today`, false);
    }
    return [];
  });
}

/** Whether nobody asks the provider just now. */
export function isLeftAlone({ circuit }: Quota, now: Date): boolean {
  return circuit.paused_until !== null && Date.parse(circuit.paused_until) > now.getTime();
}

function ofCluster(told: Known["cluster"]): Finding[] {
  if (!told) return [];
  const found: Finding[] = [];
  if (told.database === null) {
    found.push({ what: "the database does not answer", place: "cluster", grave: true });
  }
  const ill = told.running.resources.filter(({ healthy }) => !healthy);
  const [first] = ill;
  if (first) {
    const more = ill.length > 1 ? ` and ${ill.length - 1} more` : "";
    const what = `${first.kind} ${first.name}: ${first.status}${more}`;
    found.push({ what, place: "cluster", grave: true });
  }
  if ((told.replica_lag_seconds ?? 0) > LAG_SECONDS) {
    const behind = duration(told.replica_lag_seconds);
    found.push({ what: `the replica is ${behind} behind`, place: "cluster", grave: false });
  }
  return found;
}

/** A sentence as a part of another. */
function clause(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

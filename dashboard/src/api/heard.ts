/** Failures that concern the whole page, whoever asked: nobody is logged in, or he may not. */

import { Problem } from "./problem";

export interface Heard {
  /** The session has ended while somebody worked. */
  onLoggedOut: () => void;
  /** An edit was refused that the page offered; told where nobody else tells it. */
  onRefused: (problem: Problem) => void;
}

const hearers = new Set<Heard>();

/** Hears of them until the returned function is called. */
export function hearFailures(heard: Heard): () => void {
  hearers.add(heard);
  return () => {
    hearers.delete(heard);
  };
}

/** Tells a failure to whoever hears; what concerns its own page alone is not for them. */
export function tellFailure(error: Error, { edit, toldByPage }: Told): void {
  if (!(error instanceof Problem)) return;
  for (const hearer of hearers) {
    if (error.status === 401) hearer.onLoggedOut();
    else if (error.status === 403 && edit && !toldByPage) hearer.onRefused(error);
  }
}

interface Told {
  edit: boolean;
  toldByPage: boolean;
}

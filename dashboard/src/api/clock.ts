/** The server's time: ages are told by it, as the viewer's own clock may be hours or days off. */

/** Less is the way of the answer, and the whole seconds in which its header tells the time. */
const TOLERATED_MS = 90_000;

let ahead = 0;

/** Hears when the server says it is, as each of its answers does. */
export function hearServerTime(date: string | null): void {
  const told = date === null ? Number.NaN : Date.parse(date);
  if (!Number.isFinite(told)) return;
  const off = told - Date.now();
  ahead = Math.abs(off) > TOLERATED_MS ? off : 0;
}

/** The present in milliseconds since 1970, by the server's clock where this machine's is wrong. */
export function nowMs(): number {
  return Date.now() + ahead;
}

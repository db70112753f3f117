/** The time zones of exchanges, by their IANA names. */

const asked = new Map<string, boolean>();

/** Whether this browser knows the zone; there are new ones from time to time, and old browsers. */
export function isZone(name: string): boolean {
  let known = asked.get(name);
  if (known === undefined) {
    known = knows(name);
    asked.set(name, known);
  }
  return known;
}

function knows(name: string): boolean {
  try {
    new Intl.DateTimeFormat(undefined, { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

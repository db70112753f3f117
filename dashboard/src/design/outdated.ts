/** After an update the code of pages that are not loaded yet is gone; loading anew brings the new. */

const KEPT = "loaded-anew-at";
/** Within it a second failure is no update, and is told. */
const ONCE_MS = 60_000;

/** What the browsers say where a part of the program cannot be loaded. */
const SAID =
  /dynamically imported module|importing a module script failed|unable to preload css|loading chunk/i;

/** Whether an error says that a part of the program is missing. */
export function isMissingPart(error: unknown): boolean {
  return error instanceof Error && SAID.test(error.message);
}

/**
 * Loads the page anew, once in a while.
 *
 * @returns Whether it does; if not, it has just done so, and that did not help.
 */
export function loadAnewOnce(reload: () => void = () => location.reload()): boolean {
  const before = Number(kept.get() ?? 0);
  if (Date.now() - before < ONCE_MS) return false;
  // Where nothing can be kept, it might go on for ever.
  if (!kept.set(String(Date.now()))) return false;
  reload();
  return true;
}

const kept = {
  get(): string | null {
    try {
      return sessionStorage.getItem(KEPT);
    } catch {
      return null;
    }
  },
  set(value: string): boolean {
    try {
      sessionStorage.setItem(KEPT, value);
      return true;
    } catch {
      return false;
    }
  },
};

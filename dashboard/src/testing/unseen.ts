/** A browser in which nothing scrolls into sight: charts are not drawn, their tables are. */

import { vi } from "vitest";

/** Until the test's end. */
export function seeNothing(): void {
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      observe() {}
      disconnect() {}
    },
  );
}

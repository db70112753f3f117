/** A sentence of the server's; the instants in it, which are UTC, in the viewer's zone. */

import { Instant } from "@/design/Instant";

const INSTANT = /(\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?Z)/;

export function Sentence({ children }: { children: string }) {
  const pieces = children.split(INSTANT);
  return (
    <>
      {pieces.map((piece, n) =>
        // Every second piece is what was split at.
        n % 2 === 1 ? <Instant key={piece} at={piece.replace(" ", "T")} /> : signs(piece),
      )}
    </>
  );
}

/** Numbers have the minus of all other numbers on the page. */
function signs(text: string): string {
  return text.replace(/(^|[\s(])-(?=\d)/g, "$1\u2212");
}

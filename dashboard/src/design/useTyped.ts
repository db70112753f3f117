/** What is typed into a field whose text the URL keeps, and which the URL may change. */

import { useState } from "react";

/**
 * The text of the field, and how to type another. It follows the URL where that comes to say
 * something else: somebody went back, or cleared it. The field itself stays, and so does the focus.
 *
 * @param told What the URL says; it may lag behind what is typed.
 */
export function useTyped(told: string): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(told);
  const [before, setBefore] = useState(told);
  if (told !== before) {
    setBefore(told);
    if (told !== typed.trim()) setTyped(told);
  }
  return [typed, setTyped];
}

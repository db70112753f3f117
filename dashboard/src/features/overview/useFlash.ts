/** Whether a value has just changed: true for a moment, once a change. */

import { useEffect, useRef, useState } from "react";

const FLASH_MS = 1_200;

export function useFlash(value: number | null | undefined): boolean {
  const before = useRef(value);
  const [flashes, setFlashes] = useState(false);
  useEffect(() => {
    if (before.current === value) return;
    before.current = value;
    setFlashes(true);
    const timer = setTimeout(() => setFlashes(false), FLASH_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return flashes;
}

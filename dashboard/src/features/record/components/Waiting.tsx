/** While the review is computed, which takes a while; and where it cannot be. */

import { useEffect, useState } from "react";
import { Problem } from "@/api/problem";
import { Button } from "@/design/Button";
import { Failure, Skeleton } from "@/design/States";
import { useCountdown } from "@/design/useCountdown";
import styles from "./Waiting.module.css";

const LONG_MS = 1_500;

/** The shape of the page, and after a moment that it takes its time. */
export function Waiting() {
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={styles.waiting} aria-busy="true">
      <p role="status" className={styles.text}>
        {long
          ? "The review is being computed; with a year of signals it takes some seconds."
          : "Loading"}
      </p>
      <Skeleton height={148} />
      <div className={styles.cards}>
        <Skeleton height={150} />
        <Skeleton height={150} />
        <Skeleton height={150} />
      </div>
      <Skeleton height={320} />
    </div>
  );
}

interface NotNowProps {
  error: Error;
  retry: () => void;
  /** Asks for less; null where that is done already. */
  narrow: (() => void) | null;
}

/** The review cannot be had: again after the server's pause, or less of it. */
export function NotNow({ error, retry, narrow }: NotNowProps) {
  const pause = error instanceof Problem ? error.retryAfterSeconds : null;
  const left = useCountdown(pause, error);
  const tooMuch = error instanceof Problem && error.status === 503;
  return (
    <>
      <Failure error={error} {...(left === 0 ? { retry } : {})} />
      {left > 0 && <p className={styles.again}>It can be asked again in {left} s.</p>}
      {tooMuch && narrow && (
        <div className={styles.again}>
          <Button onClick={narrow}>Ask for this strategy and horizon alone</Button>
        </div>
      )}
    </>
  );
}

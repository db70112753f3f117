/** An instant: written in the viewer's zone, exactly and at the exchange on hover. */

import { createContext, type ReactNode, use } from "react";
import { age, day, exactly, moment, time } from "./format";
import { useNowAs } from "./now";
import { isZone } from "./zones";

const ExchangeZone = createContext<string | null>(null);

/** Whatever is inside belongs to an exchange in this zone (IANA name). */
export function AtExchange({ zone, children }: { zone: string | null; children: ReactNode }) {
  return <ExchangeZone value={zone}>{children}</ExchangeZone>;
}

interface InstantProps {
  at: string | null | undefined;
  /** How much of it is written. */
  as?: "moment" | "time" | "day" | "age";
  /** The exchange's zone, where it is not that of the surroundings. */
  zone?: string | null;
}

const WRITTEN = { moment, time, day };

export function Instant({ at, as = "moment", zone }: InstantProps) {
  const around = use(ExchangeZone);
  if (at == null) return <span>–</span>;
  const exchange = zone ?? around;
  const told = exchange !== null && isZone(exchange);
  const title = [exactly(at), told && `${exactly(at, exchange)} at the exchange`]
    .filter(Boolean)
    .join("\n");
  return (
    <time dateTime={at} title={title}>
      {as === "age" ? <Age at={at} /> : WRITTEN[as](at)}
    </time>
  );
}

function Age({ at }: { at: string }) {
  return <>{useNowAs((now) => age(at, now))}</>;
}

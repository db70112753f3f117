/** How old a price is, now or as of the slot that is looked at. */

import { duration } from "@/design/format";
import { Instant } from "@/design/Instant";
import type { LineProps } from "./MarketCard";

export function Age({ glance: { price }, past, zone }: Omit<LineProps, "onEdit">) {
  if (!price) return <span>no price</span>;
  return (
    <span>
      {past ? (
        duration(price.age_minutes * 60)
      ) : (
        <Instant at={price.priced_at} as="age" zone={zone} />
      )}
      <span className="visually-hidden"> old</span>
    </span>
  );
}

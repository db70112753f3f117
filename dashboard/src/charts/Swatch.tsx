/** The look of a component in a chart and in its legend. */

import styles from "./Swatch.module.css";
import { lookOf } from "./series";

/** What a shape of a chart is filled with; `Hatchings` stand in the same picture. */
export function fillOf(component: string): string {
  const { token, hatched } = lookOf(component);
  return hatched ? `url(#hatch${token})` : `var(${token})`;
}

/** The patterns that `fillOf` names. */
export function Hatchings({ components }: { components: readonly string[] }) {
  const tokens = new Set(
    components
      .map(lookOf)
      .filter((look) => look.hatched)
      .map((look) => look.token),
  );
  return (
    <defs>
      {[...tokens].map((token) => (
        <pattern
          key={token}
          id={`hatch${token}`}
          width="4"
          height="4"
          patternUnits="userSpaceOnUse"
          patternTransform="rotate(45)"
        >
          <rect width="4" height="4" fill={`var(${token})`} opacity="0.35" />
          <rect width="2" height="4" fill={`var(${token})`} />
        </pattern>
      ))}
    </defs>
  );
}

/** A small square in a legend. */
export function Swatch({ component }: { component: string }) {
  const { token, hatched } = lookOf(component);
  return (
    <span
      aria-hidden="true"
      className={styles.swatch}
      data-hatched={hatched}
      style={{ color: `var(${token})` }}
    />
  );
}

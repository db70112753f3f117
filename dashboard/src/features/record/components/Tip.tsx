/** What a chart tells of the point under the pointer. */

import styles from "./Tip.module.css";

interface TipProps {
  title: string;
  lines: readonly (readonly [string, string])[];
}

/** A tooltip's content, by what is to be told of a point. */
export function tipOf<Point>(tell: (point: Point) => TipProps) {
  return ({
    active,
    payload,
  }: {
    active?: boolean;
    payload?: readonly { payload?: unknown }[];
  }) => {
    const point = payload?.[0]?.payload as Point | undefined;
    return active && point ? <Tip {...tell(point)} /> : null;
  };
}

function Tip({ title, lines }: TipProps) {
  return (
    <div className={styles.tip}>
      <strong>{title}</strong>
      <dl className={styles.lines}>
        {lines.map(([name, value]) => (
          <div key={name} className={styles.line}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

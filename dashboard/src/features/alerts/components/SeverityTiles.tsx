/** How many alerts are open, by severity, at a glance; each is a filter too. */

import { useQuery } from "@tanstack/react-query";
import { BellRing, CircleAlert, type LucideIcon, TriangleAlert } from "lucide-react";
import { openAlertsAtQuery } from "@/api/shared";
import { classes } from "@/design/classes";
import { useAt } from "@/frame/at";
import { useParamsHeld } from "@/frame/params";
import type { Severity } from "../api";
import styles from "./SeverityTiles.module.css";

const TILES: readonly (readonly [Severity, LucideIcon])[] = [
  ["critical", CircleAlert],
  ["warning", TriangleAlert],
  ["info", BellRing],
];

export function SeverityTiles() {
  const [search, choose] = useParamsHeld();
  const page = useQuery(openAlertsAtQuery(useAt())).data;
  const chosen = search.get("severity");
  return (
    <fieldset className={styles.tiles}>
      <legend className="visually-hidden">Open alerts by severity</legend>
      {TILES.map(([severity, Icon]) => {
        const open = (page?.items ?? []).filter((one) => one.severity === severity);
        const waiting = open.filter((one) => !one.acknowledged_at && one.silenced_by === null);
        const pressed = chosen === severity;
        return (
          <button
            key={severity}
            type="button"
            aria-pressed={pressed}
            className={classes(styles.tile, styles[severity], open.length > 0 && styles.some)}
            onClick={() => choose({ severity: pressed ? null : severity })}
          >
            <Icon aria-hidden="true" size={18} />
            <span className={styles.count}>
              {page ? open.length : "–"}
              {page?.next && "+"}
            </span>
            <span className={styles.name}>{severity}</span>
            <span className={styles.note}>
              {open.length === 0
                ? "none open"
                : waiting.length === 0
                  ? "all looked after"
                  : `${waiting.length} unattended`}
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}

/** What runs: the release in Kubernetes or the processes here, and the database. */

import { useQuery } from "@tanstack/react-query";
import { Info } from "lucide-react";
import type { Told } from "@/api/client";
import { Badge } from "@/design/Badge";
import { Instant } from "@/design/Instant";
import { Answer, Skeleton } from "@/design/States";
import { clusterQuery } from "../api";
import styles from "./ClusterTab.module.css";
import { DatabasePanel } from "./DatabasePanel";
import { Processes } from "./Processes";
import { Resources } from "./Resources";

export function ClusterTab() {
  const query = useQuery(clusterQuery);
  return (
    <Answer query={query} skeleton={<Skeleton height={320} lines={2} />}>
      {(cluster) => <Cluster cluster={cluster} />}
    </Answer>
  );
}

function Cluster({ cluster }: { cluster: Told<"ClusterShown"> }) {
  const { running } = cluster;
  const notShown = running.not_shown;
  const ill = running.resources.filter(({ healthy }) => !healthy).length;
  const fine = ill === 0 && cluster.database !== null;
  return (
    <div className={styles.tab}>
      <p className={styles.top}>
        <Badge tone={fine ? "good" : "critical"}>{fine ? "healthy" : "not healthy"}</Badge>
        {running.place === "kubernetes"
          ? `The release in Kubernetes${ill ? `; ${ill} of its objects ${ill === 1 ? "is" : "are"} not as they should be` : ""}.`
          : "The processes on this machine."}{" "}
        <span className={styles.soft}>
          Read <Instant at={running.read_at} as="age" /> ago, and again every 15 seconds.
        </span>
      </p>
      {notShown.length > 0 && (
        <div className={styles.partial}>
          <Info aria-hidden="true" size={16} />
          <div>
            <strong>Not everything is shown.</strong>
            <ul>
              {notShown.map((sentence) => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {running.place === "kubernetes" ? (
        <Resources resources={running.resources} />
      ) : (
        <Processes processes={running.processes} />
      )}
      <DatabasePanel cluster={cluster} />
    </div>
  );
}

/** Operations: whether the pipeline does what it should, and what to do where it does not. */

import { History } from "lucide-react";
import { useEffect, useRef } from "react";
import { useParams } from "react-router";
import { PageHead } from "@/design/Panel";
import { AtNavLink } from "@/frame/AtLink";
import { useAt } from "@/frame/at";
import { NoPage } from "@/frame/Broken";
import { useTitle } from "@/frame/title";
import { ClusterTab } from "./components/ClusterTab";
import { HealthTab } from "./components/HealthTab";
import { QuotasTab } from "./components/QuotasTab";
import { RunPage } from "./components/RunPage";
import { RunsTab } from "./components/RunsTab";
import { SlotsTab } from "./components/SlotsTab";
import { VerdictLine } from "./components/VerdictLine";
import styles from "./OperationsPage.module.css";
import { useVerdict } from "./useVerdict";
import type { Place } from "./verdict";

const TABS: readonly (readonly [Place, string])[] = [
  ["", "Freshness and slots"],
  ["runs", "Runs"],
  ["quotas", "Quotas and cost"],
  ["cluster", "Cluster"],
  ["health", "Health"],
];

export default function OperationsPage() {
  const [place = "", runId, beyond] = (useParams()["*"] ?? "").split("/");
  const name = TABS.find(([path]) => path === place)?.[1];
  useTitle(name && place ? `${name} · Operations` : "Operations");
  const verdict = useVerdict();
  const past = useAt() !== null;
  // On a phone the tab may lie beyond the edge.
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    const shown = tabs.current?.querySelector(`[data-place="${place}"]`);
    shown?.scrollIntoView?.({ block: "nearest", inline: "center" });
  }, [place]);
  if (!name || beyond || (runId && place !== "runs")) return <NoPage />;
  return (
    <>
      <PageHead title="Operations" />
      <VerdictLine verdict={verdict} />
      <nav ref={tabs} className={styles.tabs} aria-label="Operations">
        {TABS.map(([path, tab]) => {
          const count = verdict.findings.filter((one) => one.place === path).length;
          return (
            <AtNavLink
              key={path}
              to={path ? `/operations/${path}` : "/operations"}
              end={path === ""}
              className={styles.tab}
              data-place={path}
            >
              {tab}
              {count > 0 && (
                <span className={styles.count}>
                  {count}
                  <span className="visually-hidden"> to look at</span>
                </span>
              )}
            </AtNavLink>
          );
        })}
      </nav>
      {past && (
        <p className={styles.past}>
          <History aria-hidden="true" size={14} />
          Slots and costs are shown up to the past slot; all else on this page is as of now.
        </p>
      )}
      {place === "" && <SlotsTab />}
      {place === "runs" && (runId ? <RunPage runId={runId} /> : <RunsTab />)}
      {place === "quotas" && <QuotasTab />}
      {place === "cluster" && <ClusterTab />}
      {place === "health" && <HealthTab />}
    </>
  );
}

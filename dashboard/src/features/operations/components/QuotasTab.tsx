/** What may still be asked of vendors, what was paid, and each call. */

import { useQuery } from "@tanstack/react-query";
import { useNow } from "@/design/now";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { quotasQuery } from "../api";
import { CallsPanel } from "./CallsPanel";
import { CostPanel } from "./CostPanel";
import { ProviderCard } from "./ProviderCard";
import styles from "./QuotasTab.module.css";

export function QuotasTab() {
  const quotas = useQuery(quotasQuery);
  const now = useNow();
  return (
    <div className={styles.tab}>
      <Answer query={quotas} skeleton={<Skeleton height={240} />}>
        {({ providers }) =>
          providers.length === 0 ? (
            <Panel title="Providers">
              <Empty title="The configuration asks no vendor.">
                Nothing is spent and nothing can run out. Name a provider in the configuration to
                see its quota here.
              </Empty>
            </Panel>
          ) : (
            <ul className={styles.cards} aria-label="Providers">
              {providers.map((quota) => (
                <ProviderCard key={quota.provider} quota={quota} now={now} />
              ))}
            </ul>
          )
        }
      </Answer>
      <CostPanel providers={quotas.data?.providers ?? []} />
      <CallsPanel providers={(quotas.data?.providers ?? []).map(({ provider }) => provider)} />
    </div>
  );
}

/** What the API says of itself, and how this page follows it. */

import { useQuery } from "@tanstack/react-query";
import { Badge, type Tone } from "@/design/Badge";
import { Instant } from "@/design/Instant";
import { Fact, Facts, Panel } from "@/design/Panel";
import { Answer, Skeleton } from "@/design/States";
import { useSession } from "@/features/session/api";
import { type LiveState, useLive } from "@/live/Live";
import { freshnessQuery, type Readiness, readinessQuery } from "../api";
import styles from "./HealthTab.module.css";

const TONES: Record<Readiness["status"], Tone> = {
  ready: "good",
  degraded: "warn",
  "not ready": "critical",
};

const MEANING: Record<Readiness["status"], string> = {
  ready: "It answers, and all is as it should be.",
  degraded: "It answers, and something is not as it should be.",
  "not ready": "It should not be asked just now.",
};

const STREAM: Record<LiveState["standing"], readonly [string, Tone]> = {
  connecting: ["connecting", "accent"],
  live: ["live", "good"],
  delayed: ["delayed", "warn"],
  away: ["disconnected", "critical"],
};

export function HealthTab() {
  const readiness = useQuery(readinessQuery);
  const freshness = useQuery(freshnessQuery).data;
  const session = useSession();
  const { standing, lastLiveAt } = useLive();
  const [word, tone] = STREAM[standing];
  return (
    <div className={styles.tab}>
      <Panel title="The API" note="As /readyz tells whoever watches it.">
        <Answer query={readiness} skeleton={<Skeleton height={72} />}>
          {({ status, reasons = [] }) => (
            <>
              <p className={styles.status}>
                <Badge tone={TONES[status]}>{status}</Badge> {MEANING[status]}
              </p>
              {reasons.length > 0 && (
                <ul className={styles.reasons}>
                  {reasons.map((reason) => (
                    <li key={reason}>{reason}</li>
                  ))}
                </ul>
              )}
            </>
          )}
        </Answer>
      </Panel>
      <Panel title="This page" note="How it follows what happens, and as whom.">
        <Facts>
          <Fact name="Stream">
            <Badge tone={tone}>{word}</Badge>
          </Fact>
          <Fact name="Live last">
            <Instant at={lastLiveAt?.toISOString()} />
          </Fact>
          <Fact name="You are">
            {session.name}, {session.role}
          </Fact>
          <Fact name="Session ends">
            {session.expires_at ? <Instant at={session.expires_at} /> : "never"}
          </Fact>
          {freshness && (
            <>
              <Fact name="Configuration">{freshness.configuration}</Fact>
              <Fact name="Data">{freshness.simulated ? "SIMULATED" : "real"}</Fact>
            </>
          )}
        </Facts>
      </Panel>
    </div>
  );
}

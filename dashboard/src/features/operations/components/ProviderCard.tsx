/** How a provider stands in its vendor's day. */

import { Badge, type Tone } from "@/design/Badge";
import { count, moment, time, usd } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Fact, Facts, Panel } from "@/design/Panel";
import type { Quota } from "../api";
import { isLeftAlone } from "../verdict";
import styles from "./QuotasTab.module.css";
import { Meter } from "./ShareBar";

function standing(quota: Quota, now: Date): readonly [string, Tone] {
  if (isLeftAlone(quota, now)) return ["left alone", "critical"];
  const spentUntil = quota.exhausted_until;
  if (spentUntil !== null && Date.parse(spentUntil) > now.getTime()) return ["spent", "critical"];
  if (quota.left === 0) return ["spent", "critical"];
  return quota.trouble ? ["in trouble", "warn"] : ["asked", "good"];
}

/** What the plan lets us ask in a second and a minute. */
function pace({ per_second, per_minute }: Quota["plan"]): string {
  const told = [
    per_second !== null && `${count(per_second)} a second`,
    per_minute !== null && `${count(per_minute)} a minute`,
  ].filter(Boolean);
  return told.join(", ") || "no limit";
}

export function ProviderCard({ quota, now }: { quota: Quota; now: Date }) {
  const { plan, circuit, purposes } = quota;
  const [word, tone] = standing(quota, now);
  const grave = tone === "critical";
  const budget = plan.usd_per_day === null ? null : Number(plan.usd_per_day);
  return (
    <li>
      <Panel title={quota.provider} aside={<Badge tone={tone}>{word}</Badge>}>
        <div className={styles.parts}>
          {quota.trouble && (
            <p className={styles.trouble} data-grave={grave}>
              It {quota.trouble}.{circuit.told && ` The last error was ${circuit.told}.`}
            </p>
          )}
          <Meter
            label="Requests today"
            used={quota.spent}
            most={plan.per_day}
            told={
              quota.left === null
                ? `${count(quota.spent)}, no limit`
                : `${count(quota.spent)} of ${count(plan.per_day)}, ${count(quota.left)} left`
            }
          />
          {(budget !== null || Number(quota.cost_usd) > 0) && (
            <Meter
              label="Money today"
              used={Number(quota.cost_usd)}
              most={budget}
              told={
                budget === null
                  ? `${usd(quota.cost_usd)}, no budget`
                  : `${usd(quota.cost_usd)} of ${usd(budget)}, ${usd(quota.left_usd)} left`
              }
            />
          )}
          <Facts>
            <Fact name="Resets">
              <time dateTime={quota.resets_at}>{moment(quota.resets_at)}</time>
              <div className={styles.faint}>
                {time(quota.resets_at, plan.reset_zone)} in {plan.reset_zone}
              </div>
            </Fact>
            <Fact name="Pace">{pace(plan)}</Fact>
            {circuit.paused_until !== null && isLeftAlone(quota, now) && (
              <Fact name="Asked again from">
                <Instant at={circuit.paused_until} />
              </Fact>
            )}
            <Fact name="Answered last">
              <Instant at={quota.answered_at} />
            </Fact>
            <Fact name="Failed last">
              <Instant at={quota.failed_at} />
              {quota.failure && <div className={styles.faint}>{quota.failure}</div>}
            </Fact>
          </Facts>
          {purposes.length > 0 && <Purposes quota={quota} />}
        </div>
      </Panel>
    </li>
  );
}

function Purposes({ quota: { provider, purposes } }: { quota: Quota }) {
  const paid = purposes.some(({ cost_usd }) => Number(cost_usd) > 0);
  return (
    <table className={styles.purposes}>
      <caption className="visually-hidden">What {provider} was asked for today</caption>
      <thead>
        <tr>
          <th scope="col">For</th>
          <th scope="col">Calls</th>
          <th scope="col">Unanswered</th>
          <th scope="col">{paid ? "Cost" : "Requests"}</th>
        </tr>
      </thead>
      <tbody>
        {purposes.map((one) => (
          <tr key={one.purpose}>
            <td>{one.purpose}</td>
            <td>{count(one.calls)}</td>
            <td>{count(one.without_answer)}</td>
            <td>{paid ? usd(one.cost_usd) : count(one.spent)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Each call to a vendor, what became of it, and what it was told. */

import { useInfiniteQuery } from "@tanstack/react-query";
import type { Told } from "@/api/client";
import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { SelectField } from "@/design/Field";
import { count, usd } from "@/design/format";
import { Instant } from "@/design/Instant";
import { Panel } from "@/design/Panel";
import { Answer, Empty, Skeleton } from "@/design/States";
import { type Column, Table } from "@/design/Table";
import { useParamsHeld } from "@/frame/params";
import { type CallState, callsQuery } from "../api";
import styles from "./lists.module.css";

type Call = Told<"CallTold">;

const STATES: Record<CallState, readonly [string, Tone]> = {
  granted: ["not ended", "accent"],
  made: ["made", "good"],
  refused: ["refused", "critical"],
  refunded: ["not made", "plain"],
};
const SYMBOLS_SHOWN = 4;

const COLUMNS: readonly Column<Call>[] = [
  {
    key: "at",
    head: "Granted",
    cell: (call) => (
      <span className={styles.nowrap}>
        <Instant at={call.granted_at} />
      </span>
    ),
  },
  { key: "provider", head: "Provider", cell: (call) => call.provider },
  { key: "purpose", head: "For", cell: (call) => call.purpose },
  { key: "symbols", head: "Symbols", wide: true, cell: symbolsTold },
  {
    key: "state",
    head: "State",
    cell: ({ state, told }) => {
      const [word, tone] = STATES[state];
      return (
        <>
          <Badge tone={told && state === "made" ? "warn" : tone}>{word}</Badge>
          {told && <span className={styles.soft}> {told}</span>}
        </>
      );
    },
  },
  {
    key: "requests",
    head: "Requests",
    number: true,
    wide: true,
    cell: (call) => count(call.requests),
  },
  {
    key: "tokens",
    head: "Tokens",
    number: true,
    wide: true,
    cell: (call) => count(call.tokens_in + call.tokens_out),
  },
  { key: "cost", head: "Cost", number: true, cell: (call) => usd(call.cost_usd) },
  { key: "by", head: "Asked by", wide: true, cell: (call) => call.asked_by },
];

function symbolsTold({ symbols }: Call): string {
  if (symbols.length === 0) return "–";
  const more = symbols.length - SYMBOLS_SHOWN;
  return symbols.slice(0, SYMBOLS_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export function CallsPanel({ providers }: { providers: readonly string[] }) {
  const [search, choose] = useParamsHeld<"provider" | "call">();
  const provider = search.get("provider");
  const told = search.get("call");
  const state = told !== null && told in STATES ? (told as CallState) : null;
  const query = useInfiniteQuery(callsQuery(provider, state));
  const named = provider && !providers.includes(provider) ? [...providers, provider] : providers;
  return (
    <Panel title="Calls" note="What was asked of vendors, the newest first." flush>
      <div className={styles.filters}>
        <SelectField
          label="Provider"
          value={provider ?? ""}
          onChange={(event) => choose({ provider: event.target.value })}
        >
          <option value="">Any</option>
          {named.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </SelectField>
        <SelectField
          label="State"
          value={state ?? ""}
          onChange={(event) => choose({ call: event.target.value })}
        >
          <option value="">Any</option>
          {Object.entries(STATES).map(([name, [word]]) => (
            <option key={name} value={name}>
              {word}
            </option>
          ))}
        </SelectField>
      </div>
      <Answer query={query} skeleton={<Skeleton height={36} lines={6} />}>
        {({ pages }) => {
          const calls = pages.flatMap((page) => page.items);
          if (calls.length === 0) {
            return (
              <Empty title="No such call.">
                {provider || state
                  ? "Choose another provider or state."
                  : "No vendor was asked yet."}
              </Empty>
            );
          }
          return (
            <Table
              caption="Calls to vendors, the newest first"
              columns={COLUMNS}
              rows={calls}
              rowKey={(call) => call.call_id}
            />
          );
        }}
      </Answer>
      {query.hasNextPage && (
        <div className={styles.more}>
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Older calls
          </Button>
        </div>
      )}
    </Panel>
  );
}

/** Which symbols a rule is about. */

import { useQuery } from "@tanstack/react-query";
import { overviewQuery } from "@/api/shared";
import { Segments } from "@/design/Field";
import type { Draft } from "../definition";
import { metricOf } from "../metrics";
import type { PartProps } from "./fields";
import styles from "./RuleForm.module.css";
import { TokenField } from "./TokenField";

export function ScopeFields({ draft, wrong, set }: PartProps) {
  const symbols = useQuery(overviewQuery(null)).data?.symbols ?? [];
  if (metricOf(draft.metric)?.pipeline) {
    return <p className={styles.whole}>The watch itself, and no symbols.</p>;
  }
  const tagged = new Map<string, number>();
  for (const tag of symbols.flatMap((one) => one.tags)) {
    tagged.set(tag, (tagged.get(tag) ?? 0) + 1);
  }
  return (
    <>
      <div className={styles.whole}>
        <Segments<Draft["scope"]>
          label="About"
          value={draft.scope}
          choices={[
            ["all", "All symbols"],
            ["symbols", "Some symbols"],
            ["tags", "By tag"],
          ]}
          onChoose={(scope) => set({ scope })}
        />
      </div>
      {draft.scope === "symbols" && (
        <div className={styles.whole}>
          <TokenField
            label="Symbols"
            tokens={draft.symbols}
            offered={symbols.map((one) => [one.symbol, one.name] as const)}
            placeholder="AAPL"
            wrong={wrong.scope}
            read={(typed) => typed.toUpperCase()}
            onChange={(chosen) => set({ symbols: chosen })}
          />
        </div>
      )}
      {draft.scope === "tags" && (
        <div className={styles.whole}>
          <TokenField
            label="Tags"
            tokens={draft.tags}
            offered={[...tagged].map(
              ([tag, count]) => [tag, count === 1 ? "1 symbol" : `${count} symbols`] as const,
            )}
            placeholder="chips"
            wrong={wrong.scope}
            read={(typed) => typed.toLowerCase()}
            onChange={(chosen) => set({ tags: chosen })}
          />
        </div>
      )}
      {draft.scope === "all" && wrong.scope && <p className={styles.wrong}>{wrong.scope}</p>}
    </>
  );
}

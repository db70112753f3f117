/** The same slot by another strategy; nothing where only one makes signals. */

import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { strategiesQuery } from "@/api/shared";
import { SelectField } from "@/design/Field";
import styles from "./Tools.module.css";

export function OtherStrategy({ shown }: { shown: string }) {
  const all = useQuery(strategiesQuery).data ?? [];
  const [, setSearch] = useSearchParams();
  const used = all.filter((one) => one.newest_slot_at !== null || one.label === shown);
  if (used.length < 2) return null;
  const choose = (label: string) =>
    setSearch((search) => {
      const next = new URLSearchParams(search);
      next.set("strategy", label);
      next.delete("revision");
      return next;
    });
  return (
    <SelectField
      bare
      label="Strategy"
      className={styles.strategy}
      value={shown}
      onChange={(event) => choose(event.target.value)}
    >
      {used.map(({ label }) => (
        <option key={label}>{label}</option>
      ))}
    </SelectField>
  );
}

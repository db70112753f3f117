/** What an operator sets without building anew; served beside the page as `/config.json`. */

import { queryOptions } from "@tanstack/react-query";

export interface Config {
  /** Where people open Dagster's own pages, without a slash at its end; null where they cannot. */
  dagster_url: string | null;
}

const NOTHING: Config = { dagster_url: null };

export const configQuery = queryOptions({
  queryKey: ["config"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }): Promise<Config> => {
    const response = await fetch("/config.json", { signal });
    if (!response.ok) return NOTHING;
    const told: unknown = await response.json();
    const url = (told as Partial<Config> | null)?.dagster_url;
    if (typeof url !== "string" || !/^https?:\/\//.test(url)) return NOTHING;
    return { dagster_url: url.replace(/\/$/, "") };
  },
});

/** The tab's title: how many alerts are open, the page, the product. */

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { openAlertsQuery } from "@/api/shared";

const NAME = "Market watch";

/** Names the page in the tab. */
export function useTitle(page: string): void {
  const open = useQuery(openAlertsQuery).data?.items.length ?? 0;
  useEffect(() => {
    document.title = `${open ? `(${open}) ` : ""}${page} · ${NAME}`;
  }, [open, page]);
}

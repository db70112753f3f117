/** Which page is where; each is loaded when it is gone to. */

import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject, redirect } from "react-router";
import { AppFrame } from "./frame/AppFrame";
import { Broken, NoPage } from "./frame/Broken";

function page(path: string, load: () => Promise<{ default: ComponentType }>): RouteObject {
  return { path, lazy: async () => ({ Component: (await load()).default }) };
}

const overview = () => import("./features/overview/OverviewPage");

export const routes: RouteObject[] = [
  {
    path: "/",
    Component: AppFrame,
    // Where the frame itself fails; a page's failure leaves the frame around it.
    ErrorBoundary: Broken,
    HydrateFallback: () => null,
    children: [
      {
        ErrorBoundary: Broken,
        children: [
          { index: true, lazy: async () => ({ Component: (await overview()).default }) },
          page("symbols/:symbol", () => import("./features/symbol/SymbolPage")),
          page("symbols/:symbol/signals/:slotAt", () => import("./features/signal/SignalPage")),
          {
            // As messages link to it.
            path: "signals/:symbol/:slotAt",
            loader: ({ params: { symbol = "", slotAt } }) =>
              redirect(`/symbols/${encodeURIComponent(symbol)}/signals/${slotAt}`),
          },
          page("alerts/*", () => import("./features/alerts/AlertsPage")),
          page("record", () => import("./features/record/RecordPage")),
          page("news", () => import("./features/news/NewsPage")),
          page("operations/*", () => import("./features/operations/OperationsPage")),
          { path: "*", Component: NoPage },
        ],
      },
    ],
  },
];

export const router = () => createBrowserRouter(routes);

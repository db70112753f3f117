/** Puts the dashboard together. */

import "@fontsource-variable/inter/wght.css";
import "./design/tokens.css";
import "./design/page.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { queryClient } from "./api/queries";
import { overviewQuery } from "./api/shared";
import { Toasts } from "./design/Toasts";
import { sessionQuery } from "./features/session/api";
import { SessionGate } from "./features/session/SessionGate";
import { Refusals } from "./frame/Refusals";
import { Live } from "./live/Live";
import { router } from "./routes";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no place for the dashboard.");

const queries = queryClient();

// Asked for while the page's code still loads; whoever shows it finds the answer, or tells why not.
void queries.fetchQuery(sessionQuery).then(
  () => {
    const isFirst = location.pathname === "/" && !new URLSearchParams(location.search).has("at");
    return isFirst ? queries.prefetchQuery(overviewQuery(null)) : undefined;
  },
  () => undefined,
);

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <SessionGate>
        <Live>
          <Toasts>
            <Refusals />
            <RouterProvider router={router()} />
          </Toasts>
        </Live>
      </SessionGate>
    </QueryClientProvider>
  </StrictMode>,
);

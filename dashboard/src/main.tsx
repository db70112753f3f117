/** Puts the dashboard together. */

import "@fontsource-variable/inter/wght.css";
import "./design/tokens.css";
import "./design/page.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { queryClient } from "./api/queries";
import { Toasts } from "./design/Toasts";
import { SessionGate } from "./features/session/SessionGate";
import { Refusals } from "./frame/Refusals";
import { Live } from "./live/Live";
import { router } from "./routes";

const root = document.getElementById("root");
if (!root) throw new Error("The page has no place for the dashboard.");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient()}>
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

/** Starts the page. */

import "@fontsource-variable/inter";
import "@pyxiu/ui/tokens.css";
import "@pyxiu/ui/ui.css";
import "./styles/layout.css";
import "./styles/trading.css";
import "./styles/account.css";
import "./styles/wallet.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App.tsx";
import { queries } from "./app/queries.ts";
import { findSession } from "./app/session.ts";

void findSession();

const root = document.getElementById("root");
if (!root) throw new Error("expected an element #root, found none");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);

/** The wallet: what one has, and the ways in and out. */

import { type ReactElement, useEffect, useRef } from "react";
import { NavLink, Navigate, Route, Routes, useLocation } from "react-router";

import { type Key, useT } from "../i18n/index.ts";
import { StaleBar } from "../layout/ConnectionStatus.tsx";
import { AddressBook } from "./AddressBook.tsx";
import { Deposit } from "./Deposit.tsx";
import { History } from "./History.tsx";
import { Overview } from "./Overview.tsx";
import { Transfer } from "./Transfer.tsx";
import { Withdraw } from "./Withdraw.tsx";

const PARTS: readonly (readonly [string, Key])[] = [
  ["", "wallet.overview"],
  ["deposit", "wallet.deposit"],
  ["withdraw", "wallet.withdraw"],
  ["transfer", "wallet.transfer"],
  ["addresses", "wallet.addresses"],
  ["history", "wallet.history"],
];

export function Wallet(): ReactElement {
  const t = useT();
  const { pathname } = useLocation();
  const tabs = useRef<HTMLElement>(null);
  // On a phone the tabs scroll; the one that is open must be in sight.
  useEffect(() => {
    tabs.current?.querySelector(".active")?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [pathname]);
  return (
    <div className="page wallet">
      <StaleBar />
      <h1 className="page-title">{t("wallet.title")}</h1>
      <nav ref={tabs} className="page-tabs" aria-label={t("wallet.title")}>
        {PARTS.map(([path, name]) => (
          <NavLink key={path} className="page-tab" to={`/wallet${path ? `/${path}` : ""}`} end={path === ""}>
            {t(name)}
          </NavLink>
        ))}
      </nav>
      <Routes>
        <Route index element={<Overview />} />
        <Route path="deposit/:currency?" element={<Deposit />} />
        <Route path="withdraw/:currency?" element={<Withdraw />} />
        <Route path="transfer" element={<Transfer />} />
        <Route path="addresses" element={<AddressBook />} />
        <Route path="history/:kind?" element={<History />} />
        <Route path="*" element={<Navigate to="/wallet" replace />} />
      </Routes>
    </div>
  );
}

/** The bar above every page: where to go, whether it is live, settings and account. */

import { Check, IconButton, Menu, Segments, useToast } from "@pyxiu/ui";
import type { ReactElement } from "react";
import { Link, NavLink, useNavigate } from "react-router";

import { signOut, useSession } from "../app/session.ts";
import { choose, useSettings } from "../app/settings.ts";
import { LANGUAGES, type Language, failureText, useT } from "../i18n/index.ts";
import { ConnectionStatus } from "./ConnectionStatus.tsx";

export function Header(): ReactElement {
  const t = useT();
  const { state } = useSession();
  const { theme, market } = useSettings();
  const trade = market ? `/trading/${market}` : "/trading";
  return (
    <header className="header">
      <Link to="/" className="brand" aria-label={t("app.name")}>
        <img src="/icon.svg" width="26" height="26" alt="" />
        <span>{t("app.name")}</span>
      </Link>
      <nav aria-label={t("nav.main")} className="nav">
        <NavLink to={trade}>{t("nav.trade")}</NavLink>
        {state === "member" && <NavLink to="/wallet">{t("nav.wallet")}</NavLink>}
        {state === "member" && <NavLink to="/orders">{t("nav.orders")}</NavLink>}
        <a href="/docs" className="nav-wide">
          {t("nav.api")}
        </a>
      </nav>
      <div className="header-end">
        <ConnectionStatus />
        <IconButton
          icon={theme === "dark" ? "sun" : "moon"}
          label={t(theme === "dark" ? "settings.toLight" : "settings.toDark")}
          onClick={() => choose({ theme: theme === "dark" ? "light" : "dark" })}
        />
        <SettingsMenu />
        {state === "member" ? <AccountMenu /> : <SignInLinks />}
      </div>
    </header>
  );
}

function SignInLinks(): ReactElement {
  const t = useT();
  return (
    <>
      <Link to="/signin" className="button small outline">
        {t("nav.signIn")}
      </Link>
      <Link to="/signup" className="button small primary nav-wide">
        {t("nav.signUp")}
      </Link>
    </>
  );
}

function SettingsMenu(): ReactElement {
  const t = useT();
  const { language, palette, confirmOrders } = useSettings();
  return (
    <Menu label={t("nav.settings")} icon="settings">
      {() => (
        <div className="settings">
          <span className="label">{t("settings.language")}</span>
          <Segments
            label={t("settings.language")}
            choices={Object.entries(LANGUAGES).map(([value, label]) => ({ value: value as Language, label }))}
            value={language}
            onChange={(chosen) => choose({ language: chosen })}
          />
          <span className="label">{t("settings.palette")}</span>
          <Segments
            label={t("settings.palette")}
            choices={[
              { value: "green-red", label: t("settings.greenRed") },
              { value: "blue-orange", label: t("settings.blueOrange") },
            ]}
            value={palette}
            onChange={(chosen) => choose({ palette: chosen })}
          />
          <Check label={t("settings.confirm")} checked={confirmOrders} onChange={(chosen) => choose({ confirmOrders: chosen })} />
          <p className="hint">
            <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer">
              {t("app.charts")}
            </a>
          </p>
        </div>
      )}
    </Menu>
  );
}

function AccountMenu(): ReactElement {
  const t = useT();
  const { user } = useSession();
  const navigate = useNavigate();
  const say = useToast();
  const out = (): void => {
    signOut().then(
      () => void navigate("/"),
      (failure: unknown) => say(failureText(t, failure), "bad"),
    );
  };
  return (
    <Menu label={t("nav.account")} icon="user">
      {(close) => (
        <>
          <div className="menu-head">
            <strong>{user?.email}</strong>
            <span className="muted">{user?.uid}</span>
          </div>
          <Link className="menu-item" to="/account" onClick={close}>
            {t("nav.account")}
          </Link>
          <Link className="menu-item" to="/wallet" onClick={close}>
            {t("nav.wallet")}
          </Link>
          <Link className="menu-item" to="/orders" onClick={close}>
            {t("nav.orders")}
          </Link>
          <button type="button" className="menu-item" onClick={out}>
            {t("nav.signOut")}
          </button>
        </>
      )}
    </Menu>
  );
}

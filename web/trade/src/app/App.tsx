/** The routes. Account pages are loaded when somebody goes there: a visitor's first look is the market. */

import { Toasts } from "@pyxiu/ui";
import { Component, type ReactElement, type ReactNode, Suspense, lazy } from "react";
import { BrowserRouter, Navigate, Route, Routes, useLocation } from "react-router";

import { useT } from "../i18n/index.ts";
import { Header } from "../layout/Header.tsx";
import { Trading } from "../trading/Trading.tsx";
import { WalletNews } from "../wallet/WalletNews.tsx";
import { useMarkets } from "./catalog.ts";
import { useSession } from "./session.ts";
import { useSettings } from "./settings.ts";

const SignIn = lazy(async () => ({ default: (await import("../account/SignIn.tsx")).SignIn }));
const SignUp = lazy(async () => ({ default: (await import("../account/SignUp.tsx")).SignUp }));
const CheckMail = lazy(async () => ({ default: (await import("../account/Confirm.tsx")).CheckMail }));
const ConfirmEmail = lazy(async () => ({ default: (await import("../account/Confirm.tsx")).ConfirmEmail }));
const ForgotPassword = lazy(async () => ({ default: (await import("../account/Reset.tsx")).ForgotPassword }));
const ResetPassword = lazy(async () => ({ default: (await import("../account/Reset.tsx")).ResetPassword }));
const Account = lazy(async () => ({ default: (await import("../account/Account.tsx")).Account }));
const Wallet = lazy(async () => ({ default: (await import("../wallet/Wallet.tsx")).Wallet }));
const OrdersPage = lazy(async () => ({ default: (await import("../account/OrdersPage.tsx")).OrdersPage }));

export function App(): ReactElement {
  const t = useT();
  return (
    <Toasts closeLabel={t("app.close")}>
      <BrowserRouter>
        <a className="skip" href="#content">
          {t("app.skip")}
        </a>
        <Header />
        <WalletNews />
        <main id="content" tabIndex={-1}>
          <Net message={t("app.crashed")} again={t("app.reload")}>
            <Suspense fallback={<p className="page-state" role="status">{t("app.loading")}</p>}>
              <Routes>
                <Route path="/" element={<ToMarket />} />
                <Route path="/trading" element={<ToMarket />} />
                <Route path="/trading/:market" element={<Trading />} />
                <Route path="/signin" element={<Visitors><SignIn /></Visitors>} />
                <Route path="/signup" element={<Visitors><SignUp /></Visitors>} />
                <Route path="/email-verification" element={<CheckMail />} />
                <Route path="/accounts/confirmation" element={<ConfirmEmail />} />
                <Route path="/forgot_password" element={<ForgotPassword />} />
                <Route path="/accounts/password_reset" element={<ResetPassword />} />
                <Route path="/wallet/*" element={<Members><Wallet /></Members>} />
                <Route path="/wallets/*" element={<Navigate to="/wallet" replace />} />
                <Route path="/balances" element={<Navigate to="/wallet" replace />} />
                <Route path="/orders" element={<Members><OrdersPage /></Members>} />
                <Route path="/profile" element={<Navigate to="/account" replace />} />
                <Route path="/account/*" element={<Members><Account /></Members>} />
                <Route path="*" element={<NotFound />} />
              </Routes>
            </Suspense>
          </Net>
        </main>
      </BrowserRouter>
    </Toasts>
  );
}

function ToMarket(): ReactElement {
  const t = useT();
  const markets = useMarkets();
  const { market } = useSettings();
  const known = markets.data?.find((other) => other.id === market) ?? markets.data?.[0];
  if (known) return <Navigate to={`/trading/${known.id}`} replace />;
  return (
    <p className="page-state" role="status">
      {markets.isPending ? t("app.loading") : t("app.failed")}
    </p>
  );
}

function Members({ children }: { children: ReactNode }): ReactNode {
  const t = useT();
  const { state } = useSession();
  const { pathname } = useLocation();
  if (state === "unknown") return <p className="page-state" role="status">{t("app.loading")}</p>;
  return state === "member" ? children : <Navigate to="/signin" replace state={{ from: pathname }} />;
}

function Visitors({ children }: { children: ReactNode }): ReactNode {
  const { state, user } = useSession();
  const from: unknown = useLocation().state;
  const back = typeof from === "object" && from !== null && "from" in from && typeof from.from === "string" ? from.from : "/";
  if (state !== "member") return children;
  return <Navigate to={user?.state === "pending" ? "/email-verification" : back} replace />;
}

function NotFound(): ReactElement {
  const t = useT();
  return (
    <div className="page-state">
      <h1>{t("app.notFound")}</h1>
      <a className="button outline" href="/">
        {t("app.toTrading")}
      </a>
    </div>
  );
}

interface NetProps {
  message: string;
  again: string;
  children: ReactNode;
}

/** A fault in one page must leave the rest of the screen, such as the way to the open orders. */
class Net extends Component<NetProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div className="page-state" role="alert">
        <p>{this.props.message}</p>
        <button type="button" className="button outline" onClick={() => location.reload()}>
          {this.props.again}
        </button>
      </div>
    );
  }
}

/** Confirming an e-mail address: waiting for the message, and the link in it. */

import { api } from "@pyxiu/client";
import { Button, Field, useToast } from "@pyxiu/ui";
import { type ReactElement, useEffect, useRef, useState } from "react";
import { Link, useLocation, useSearchParams } from "react-router";

import { useSession } from "../app/session.ts";
import { useT } from "../i18n/index.ts";
import { Entry } from "./Entry.tsx";
import { solveCaptcha } from "./captcha.ts";
import { useAction } from "./useAction.ts";

export function CheckMail(): ReactElement {
  const t = useT();
  const { user } = useSession();
  const state: unknown = useLocation().state;
  const known = typeof state === "object" && state !== null && "email" in state && typeof state.email === "string" ? state.email : null;
  const [email, setEmail] = useState(known ?? user?.email ?? "");
  const action = useAction();
  const again = async (): Promise<void> => {
    const captcha_response = await solveCaptcha("email_confirmation");
    await api.POST("/api/v2/barong/identity/users/email/generate_code", { body: { email, captcha_response } });
  };
  return (
    <Entry
      title={t("auth.checkMail")}
      failure={action.failure}
      onSubmit={() => action.run(again, t("auth.resent"))}
      links={<Link to="/signin">{t("auth.signIn")}</Link>}
    >
      {email && <p>{t("auth.checkMailText", { email })}</p>}
      {!known && <Field label={t("auth.email")} type="email" required value={email} onChange={(event) => setEmail(event.target.value)} />}
      <Button type="submit" kind="outline" wide busy={action.busy}>
        {t("auth.resend")}
      </Button>
    </Entry>
  );
}

export function ConfirmEmail(): ReactElement {
  const t = useT();
  const say = useToast();
  const [search] = useSearchParams();
  const token = search.get("confirmation_token");
  const [state, setState] = useState<"busy" | "done" | "failed">(token ? "busy" : "failed");
  const asked = useRef(false);
  useEffect(() => {
    if (!token || asked.current) return;
    // The token works once; a second look of React must not use it up.
    asked.current = true;
    // It must not stay in the history of the browser.
    history.replaceState(null, "", "/accounts/confirmation");
    api.POST("/api/v2/barong/identity/users/email/confirm_code", { body: { token } }).then(
      () => setState("done"),
      () => setState("failed"),
    );
  }, [token, say]);
  const words = { busy: "auth.confirming", done: "auth.confirmed", failed: "auth.confirmFailed" } as const;
  return (
    <Entry title={t(words[state])}>
      {state === "done" && (
        <Link className="button primary wide" to="/signin">
          {t("auth.signIn")}
        </Link>
      )}
      {state === "failed" && (
        <Link className="button outline wide" to="/email-verification">
          {t("auth.resend")}
        </Link>
      )}
    </Entry>
  );
}

/** Log in: e-mail and password, a second factor where it is asked for, or a passkey alone. */

import { ApiFailure, api, dataOf } from "@pyxiu/client";
import { Button, Field } from "@pyxiu/ui";
import { type ReactElement, useState } from "react";
import { Link } from "react-router";

import { enter, useSession } from "../app/session.ts";
import { useT } from "../i18n/index.ts";
import { Entry, PasswordField } from "./Entry.tsx";
import { solveCaptcha } from "./captcha.ts";
import { passkeysAreThere, usePasskey } from "./passkey.ts";
import { useAction } from "./useAction.ts";

export function SignIn(): ReactElement {
  const t = useT();
  const { ended } = useSession();
  const action = useAction();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [factor, setFactor] = useState<"none" | "code" | "recovery">("none");
  const [code, setCode] = useState("");

  const signIn = async (): Promise<void> => {
    const proof = factor === "code" ? { otp_code: code.trim() } : factor === "recovery" ? { recovery_code: code.trim() } : {};
    const captcha_response = await solveCaptcha("session_create");
    try {
      enter(await dataOf(api.POST("/api/v2/barong/identity/sessions", { body: { email, password, captcha_response, ...proof } })));
    } catch (failure) {
      if (!(failure instanceof ApiFailure) || !failure.has("identity.session.missing_otp")) throw failure;
      setFactor("code");
    }
  };
  const withPasskey = async (): Promise<void> => {
    const options = await dataOf(api.POST("/api/v2/barong/identity/sessions/passkey/options"));
    const assertion = await usePasskey(options);
    enter(await dataOf(api.POST("/api/v2/barong/identity/sessions/passkey", { body: { assertion } })));
  };

  return (
    <Entry
      title={t("auth.signInTitle")}
      failure={action.failure}
      notice={ended ? t("auth.sessionEnded") : null}
      onSubmit={() => action.run(signIn)}
      links={
        <>
          <span>
            {t("auth.noAccount")} <Link to="/signup">{t("auth.signUp")}</Link>
          </span>
          <Link to="/forgot_password">{t("auth.forgot")}</Link>
        </>
      }
    >
      {factor === "none" ? (
        <>
          <Field label={t("auth.email")} type="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
          <PasswordField label={t("auth.password")} autoComplete="current-password" value={password} onChange={setPassword} />
        </>
      ) : (
        <>
          <Field
            key={factor}
            label={t(factor === "code" ? "auth.code" : "auth.recoveryCode")}
            inputMode={factor === "code" ? "numeric" : "text"}
            autoComplete="one-time-code"
            required
            autoFocus
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
          <Button kind="link" onClick={() => setFactor(factor === "code" ? "recovery" : "code")}>
            {t(factor === "code" ? "auth.useRecovery" : "auth.useCode")}
          </Button>
        </>
      )}
      <Button type="submit" kind="primary" wide busy={action.busy}>
        {t("auth.signIn")}
      </Button>
      {factor === "none" && passkeysAreThere() && (
        <Button kind="outline" wide disabled={action.busy} onClick={() => action.run(withPasskey)}>
          {t("auth.usePasskey")}
        </Button>
      )}
    </Entry>
  );
}

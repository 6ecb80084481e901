/** A forgotten password: asking for the link, and the page that the link leads to. */

import { api } from "@pyxiu/client";
import { Button, Field, Notice, useToast } from "@pyxiu/ui";
import { type ReactElement, useEffect, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { useT } from "../i18n/index.ts";
import { Entry, PasswordField } from "./Entry.tsx";
import { Strength } from "./SignUp.tsx";
import { solveCaptcha } from "./captcha.ts";
import { useAction } from "./useAction.ts";

export function ForgotPassword(): ReactElement {
  const t = useT();
  const action = useAction();
  const [email, setEmail] = useState("");
  const [sent, setSent] = useState(false);
  const send = async (): Promise<void> => {
    const captcha_response = await solveCaptcha("password_reset");
    await api.POST("/api/v2/barong/identity/users/password/generate_code", { body: { email, captcha_response } });
    setSent(true);
  };
  return (
    <Entry
      title={t("auth.resetTitle")}
      failure={action.failure}
      onSubmit={() => action.run(send)}
      links={<Link to="/signin">{t("auth.signIn")}</Link>}
    >
      <p className="muted">{t("auth.resetText")}</p>
      <Field label={t("auth.email")} type="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
      {sent && <Notice kind="good">{t("auth.checkMailText", { email })}</Notice>}
      <Button type="submit" kind="primary" wide busy={action.busy}>
        {t("auth.send")}
      </Button>
    </Entry>
  );
}

export function ResetPassword(): ReactElement {
  const t = useT();
  const say = useToast();
  const navigate = useNavigate();
  const action = useAction();
  const [search] = useSearchParams();
  // Taken out of the address at once, so that it does not stay in the history of the browser.
  const [token] = useState(search.get("reset_token") ?? "");
  useEffect(() => history.replaceState(null, "", "/accounts/password_reset"), []);
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const differs = repeated !== "" && repeated !== password;
  const reset = async (): Promise<void> => {
    const body = { reset_password_token: token, password, confirm_password: repeated };
    await api.POST("/api/v2/barong/identity/users/password/confirm_code", { body });
    say(t("auth.changed"), "good");
    void navigate("/signin");
  };
  return (
    <Entry title={t("auth.newTitle")} failure={action.failure} onSubmit={() => action.run(reset)}>
      <PasswordField label={t("auth.newPassword")} autoComplete="new-password" value={password} onChange={setPassword} />
      <Strength password={password} />
      <PasswordField label={t("auth.repeat")} autoComplete="new-password" value={repeated} onChange={setRepeated} wrong={differs ? t("auth.mismatch") : null} />
      <Button type="submit" kind="primary" wide busy={action.busy} disabled={differs || !token}>
        {t("app.save")}
      </Button>
    </Entry>
  );
}

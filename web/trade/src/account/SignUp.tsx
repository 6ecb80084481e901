/** A new account. */

import { api, dataOf } from "@pyxiu/client";
import { Button, Check, Field } from "@pyxiu/ui";
import { type ReactElement, useEffect, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { useSettings } from "../app/settings.ts";
import { type Key, useT } from "../i18n/index.ts";
import { Entry, PasswordField } from "./Entry.tsx";
import { solveCaptcha } from "./captcha.ts";
import { useAction } from "./useAction.ts";

export function SignUp(): ReactElement {
  const t = useT();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const { language } = useSettings();
  const action = useAction();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [refid, setRefid] = useState(search.get("refid") ?? "");
  const [accepted, setAccepted] = useState(false);
  const signUp = async (): Promise<void> => {
    const captcha_response = await solveCaptcha("user_create");
    const data = JSON.stringify({ language });
    const referral = refid ? { refid } : {};
    await api.POST("/api/v2/barong/identity/users", { body: { email, password, data, captcha_response, ...referral } });
    void navigate("/email-verification", { state: { email } });
  };
  return (
    <Entry
      title={t("auth.signUpTitle")}
      failure={action.failure}
      onSubmit={() => action.run(signUp)}
      links={
        <span>
          {t("auth.haveAccount")} <Link to="/signin">{t("auth.signIn")}</Link>
        </span>
      }
    >
      <Field label={t("auth.email")} type="email" autoComplete="username" required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} />
      <PasswordField label={t("auth.password")} autoComplete="new-password" value={password} onChange={setPassword} />
      <Strength password={password} />
      <Field label={t("auth.referral")} autoComplete="off" value={refid} onChange={(event) => setRefid(event.target.value.trim())} />
      <Check label={t("auth.terms")} checked={accepted} onChange={setAccepted} />
      <Button type="submit" kind="primary" wide busy={action.busy} disabled={!accepted}>
        {t("auth.signUp")}
      </Button>
    </Entry>
  );
}

const ASK_AFTER_MS = 300;
/** Of entropy, in bits: where each step of the meter begins. */
const STEPS = [14, 28, 42, 56] as const;

/** How hard the password is to guess, as the exchange measures it. */
export function Strength({ password }: { password: string }): ReactElement | null {
  const t = useT();
  const [entropy, setEntropy] = useState<number | null>(null);
  useEffect(() => {
    setEntropy(null);
    if (!password) return;
    let current = true;
    const timer = setTimeout(() => {
      dataOf(api.POST("/api/v2/barong/identity/password/validate", { body: { password } })).then(
        (found) => current && setEntropy(found.entropy),
        () => undefined,
      );
    }, ASK_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [password]);
  if (!password) return null;
  const steps = entropy === null ? 0 : STEPS.filter((step) => entropy >= step).length;
  return (
    <div className="field">
      <div className={`meter${steps >= 3 ? " good" : ""}`} aria-hidden="true">
        {STEPS.map((step, index) => (
          <span key={step} className={index < steps ? "on" : ""} />
        ))}
      </div>
      <span className="hint" role="status">
        {entropy === null ? t("app.loading") : `${t("auth.strength")}: ${t(`auth.strength${steps}` as Key)}`}
      </span>
    </div>
  );
}

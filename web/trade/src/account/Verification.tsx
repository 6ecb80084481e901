/** Who one is: profile, phone and documents, and how far the exchange has looked at them. */

import { api, dataOf } from "@pyxiu/client";
import { Button, Field, Notice, Select } from "@pyxiu/ui";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { queries } from "../app/queries.ts";
import { refreshUser, useSession } from "../app/session.ts";
import { type Key, useT } from "../i18n/index.ts";
import { useAction } from "./useAction.ts";

const STATES: Readonly<Record<string, Key>> = {
  verified: "account.verified",
  pending: "account.pending",
  drafted: "account.pending",
  submitted: "account.pending",
  rejected: "account.rejected",
};

export function Verification(): ReactElement | null {
  const t = useT();
  const { user } = useSession();
  if (!user) return null;
  const state = (key: string): string => {
    const value = user.labels.find((label) => label.scope === "private" && label.key === key)?.value;
    return t(STATES[value ?? ""] ?? "account.missing");
  };
  return (
    <>
      <section className="card">
        <div className="card-head">
          <h2 className="card-title">{t("account.verification")}</h2>
          <span className="badge">
            {t("account.level")} {user.level}
          </span>
        </div>
        <ul className="steps">
          <li>
            {t("account.emailStep")} <span className="badge">{state("email")}</span>
          </li>
          <li>
            {t("account.phone")} <span className="badge">{state("phone")}</span>
          </li>
          <li>
            {t("account.profile")} <span className="badge">{state("profile")}</span>
          </li>
          <li>
            {t("account.documents")} <span className="badge">{state("document")}</span>
          </li>
        </ul>
      </section>
      <Phone />
      <ProfileForm />
      <DocumentForm />
    </>
  );
}

function Phone(): ReactElement {
  const t = useT();
  const action = useAction();
  const [number, setNumber] = useState("");
  const [code, setCode] = useState("");
  const [sent, setSent] = useState(false);
  const send = async (): Promise<void> => {
    await api.POST("/api/v2/barong/resource/phones", { body: { phone_number: number } });
    setSent(true);
  };
  const verify = async (): Promise<void> => {
    await api.POST("/api/v2/barong/resource/phones/verify", { body: { phone_number: number, verification_code: code } });
    await refreshUser();
    setSent(false);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (sent) action.run(verify, t("account.verified"));
    else action.run(send, t("account.codeSent"));
  };
  return (
    <section className="card">
      <h2 className="card-title card-head">{t("account.phone")}</h2>
      <form className="stack narrow" onSubmit={submit}>
        {action.failure && <Notice kind="bad">{action.failure}</Notice>}
        <Field label={t("account.phoneNumber")} type="tel" autoComplete="tel" required value={number} onChange={(event) => setNumber(event.target.value)} />
        {sent && <Field label={t("account.phoneCode")} inputMode="numeric" autoComplete="one-time-code" required value={code} onChange={(event) => setCode(event.target.value)} />}
        <div>
          <Button type="submit" busy={action.busy}>
            {t(sent ? "app.confirm" : "account.sendCode")}
          </Button>
        </div>
      </form>
    </section>
  );
}

const PROFILE: readonly (readonly [string, Key, string])[] = [
  ["first_name", "account.firstName", "given-name"],
  ["last_name", "account.lastName", "family-name"],
  ["dob", "account.born", "bday"],
  ["country", "account.country", "country"],
  ["city", "account.city", "address-level2"],
  ["postcode", "account.postcode", "postal-code"],
  ["address", "account.street", "street-address"],
];

function ProfileForm(): ReactElement {
  const t = useT();
  const action = useAction();
  const send = async (form: HTMLFormElement): Promise<void> => {
    const body = { ...Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])), confirm: true };
    await api.POST("/api/v2/barong/resource/profiles", { body });
    await refreshUser();
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    action.run(() => send(form), t("account.submitted"));
  };
  return (
    <section className="card">
      <h2 className="card-title card-head">{t("account.profile")}</h2>
      <form className="stack" onSubmit={submit}>
        {action.failure && <Notice kind="bad">{action.failure}</Notice>}
        <div className="two">
          {PROFILE.map(([name, label, autoComplete]) => (
            <Field key={name} name={name} label={t(label)} autoComplete={autoComplete} type={name === "dob" ? "date" : "text"} maxLength={name === "country" ? 2 : 255} required />
          ))}
        </div>
        <div>
          <Button type="submit" busy={action.busy}>
            {t("account.submit")}
          </Button>
        </div>
      </form>
    </section>
  );
}

const DOCUMENTS_KEY = ["mine", "documents"];

function DocumentForm(): ReactElement {
  const t = useT();
  const action = useAction();
  const found = useQuery({ queryKey: DOCUMENTS_KEY, queryFn: () => dataOf(api.GET("/api/v2/barong/resource/documents")) });
  const send = async (form: HTMLFormElement): Promise<void> => {
    const body = new FormData(form);
    // The document describes fields; a file goes as a form, which the typed client passes through as it is.
    await api.POST("/api/v2/barong/resource/documents", { body: body as never, bodySerializer: () => body });
    form.reset();
    await Promise.all([refreshUser(), queries.invalidateQueries({ queryKey: DOCUMENTS_KEY })]);
  };
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    action.run(() => send(form), t("account.submitted"));
  };
  return (
    <section className="card">
      <h2 className="card-title card-head">{t("account.documents")}</h2>
      <ul className="steps">
        {found.data?.map((document) => (
          <li key={document.id}>
            <span>
              {document.doc_type} {document.doc_number}
            </span>
            <span className="badge">{t(STATES[document.state] ?? "account.pending")}</span>
          </li>
        ))}
      </ul>
      <form className="stack" onSubmit={submit}>
        {action.failure && <Notice kind="bad">{action.failure}</Notice>}
        <div className="two">
          <Select name="doc_type" label={t("account.documentType")} defaultValue="Passport">
            <option value="Passport">{t("account.passport")}</option>
            <option value="Identity card">{t("account.idCard")}</option>
            <option value="Driver license">{t("account.driverLicense")}</option>
          </Select>
          <Field name="doc_number" label={t("account.documentNumber")} required maxLength={128} />
          <Field name="doc_expire" label={t("account.documentExpires")} type="date" />
          <Field name="upload" label={t("account.documentFile")} type="file" accept="image/jpeg,image/png,application/pdf" required />
        </div>
        <div>
          <Button type="submit" busy={action.busy}>
            {t("account.submit")}
          </Button>
        </div>
      </form>
    </section>
  );
}

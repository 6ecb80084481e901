/** API keys: what each may do, from where, until when. */

import { type Schemas, api, dataOf } from "@pyxiu/client";
import { Button, Check, Dialog, Empty, Field, Notice, SkeletonRows } from "@pyxiu/ui";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";
import { Link } from "react-router";

import { useFormats } from "../app/format.ts";
import { queries } from "../app/queries.ts";
import { type Key, useT } from "../i18n/index.ts";
import { Scroll } from "../layout/tables.tsx";
import { CodeDialog, CopyButton, useFactors } from "./Security.tsx";
import { useAction } from "./useAction.ts";

type ApiKey = Schemas["ApiKeyEntity"];

const KEY = ["mine", "api-keys"];
const SCOPES: Readonly<Record<string, Key>> = {
  read: "account.scopeRead",
  trade: "account.scopeTrade",
  withdraw: "account.scopeWithdraw",
  transfer: "account.scopeTransfer",
};

type Wish = { readonly kind: "switch" | "delete"; readonly key: ApiKey };

export function ApiKeys(): ReactElement {
  const t = useT();
  const formats = useFormats();
  const factors = useFactors();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<ApiKey | null>(null);
  const [wish, setWish] = useState<Wish | null>(null);
  const found = useQuery({
    queryKey: KEY,
    queryFn: () => dataOf(api.GET("/api/v2/barong/resource/api_keys", { params: { query: { limit: 100 } } })),
  });
  const keys = found.data ?? [];
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{t("account.apiKeys")}</h2>
        {factors?.totp && (
          <Button small kind="primary" onClick={() => setAdding(true)}>
            {t("account.keyNew")}
          </Button>
        )}
      </div>
      {factors && !factors.totp && (
        <Notice>
          {t("account.keyNeedsFactor")} <Link to="/account/security">{t("account.security")}</Link>
        </Notice>
      )}
      {found.isPending && <SkeletonRows rows={2} label={t("app.loading")} />}
      {found.isSuccess && keys.length === 0 && <Empty text={t("account.keyNone")} />}
      {keys.length > 0 && (
        <Scroll label={t("account.apiKeys")}>
          <table className="table">
            <thead>
              <tr>
                <th>{t("account.keyName")}</th>
                <th>{t("account.keyId")}</th>
                <th>{t("account.keyScopes")}</th>
                <th>{t("account.state")}</th>
                <th>{t("account.lastUsed")}</th>
                <th className="end">{t("orders.actions")}</th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => (
                <tr key={key.kid}>
                  <td>{key.label || "–"}</td>
                  <td>
                    <code>{key.kid}</code>
                  </td>
                  <td>{key.scope.map((scope) => (SCOPES[scope] ? t(SCOPES[scope]) : scope)).join(", ")}</td>
                  <td>
                    <span className="badge">{t(key.state === "active" ? "account.keyActive" : "account.keyOff")}</span>
                  </td>
                  <td className="number">{key.last_used_at ? formats.dateTime(key.last_used_at) : t("account.never")}</td>
                  <td className="end">
                    {factors?.totp && (
                      <>
                        <Button small onClick={() => setWish({ kind: "switch", key })}>
                          {t(key.state === "active" ? "account.disable" : "account.enable")}
                        </Button>{" "}
                        <Button small kind="danger" onClick={() => setWish({ kind: "delete", key })}>
                          {t("account.remove")}
                        </Button>
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {adding && <NewKey onClose={() => setAdding(false)} onMade={setMade} />}
      {made && <MadeKey apiKey={made} onClose={() => setMade(null)} />}
      {wish && <CodeDialog title={wish.key.label || wish.key.kid} onClose={() => setWish(null)} act={(code) => carryOut(wish, code)} />}
    </section>
  );
}

async function carryOut({ kind, key }: Wish, totp_code: string): Promise<void> {
  const path = { kid: key.kid };
  if (kind === "delete") await api.DELETE("/api/v2/barong/resource/api_keys/{kid}", { params: { path }, body: { totp_code } });
  else {
    const state = key.state === "active" ? "inactive" : "active";
    await api.PATCH("/api/v2/barong/resource/api_keys/{kid}", { params: { path }, body: { totp_code, state } });
  }
  await queries.invalidateQueries({ queryKey: KEY });
}

function NewKey({ onClose, onMade }: { onClose: () => void; onMade: (key: ApiKey) => void }): ReactElement {
  const t = useT();
  const action = useAction();
  const [label, setLabel] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>(["read"]);
  const [addresses, setAddresses] = useState("");
  const [expires, setExpires] = useState("");
  const [code, setCode] = useState("");
  const make = async (): Promise<void> => {
    const ip_allow_list = addresses.split(/[\s,]+/).filter(Boolean);
    const limits = { ...(ip_allow_list.length > 0 ? { ip_allow_list } : {}), ...(expires ? { expires_at: `${expires}T23:59:59Z` } : {}) };
    const body = { algorithm: "HS256" as const, scopes: [...scopes], label, totp_code: code.trim(), ...limits };
    const key = await dataOf(api.POST("/api/v2/barong/resource/api_keys", { body: body as never }));
    await queries.invalidateQueries({ queryKey: KEY });
    onClose();
    onMade(key);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    action.run(make);
  };
  const toggle = (scope: string): void => setScopes(scopes.includes(scope) ? scopes.filter((other) => other !== scope) : [...scopes, scope]);
  return (
    <Dialog title={t("account.keyNew")} closeLabel={t("app.close")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {action.failure && <Notice kind="bad">{action.failure}</Notice>}
        <Field label={t("account.keyName")} maxLength={64} value={label} onChange={(event) => setLabel(event.target.value)} />
        <div className="field">
          <span className="label">{t("account.keyScopes")}</span>
          <div className="checks" role="group" aria-label={t("account.keyScopes")}>
            {Object.entries(SCOPES).map(([scope, name]) => (
              <Check key={scope} label={t(name)} checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
            ))}
          </div>
        </div>
        <Field label={t("account.keyAddresses")} value={addresses} onChange={(event) => setAddresses(event.target.value)} />
        <Field label={t("account.keyExpires")} type="date" value={expires} onChange={(event) => setExpires(event.target.value)} />
        <Field label={t("auth.code")} inputMode="numeric" autoComplete="one-time-code" required value={code} onChange={(event) => setCode(event.target.value)} />
        <Button type="submit" kind="primary" wide busy={action.busy} disabled={scopes.length === 0}>
          {t("account.create")}
        </Button>
      </form>
    </Dialog>
  );
}

function MadeKey({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }): ReactElement {
  const t = useT();
  return (
    <Dialog title={t("account.keyNew")} closeLabel={t("app.close")} onClose={onClose}>
      <div className="field">
        <span className="label">{t("account.keyId")}</span>
        <div className="secret">
          {apiKey.kid}
          <CopyButton text={apiKey.kid} />
        </div>
      </div>
      <div className="field">
        <span className="label">{t("account.keySecret")}</span>
        <div className="secret">
          {apiKey.secret}
          <CopyButton text={apiKey.secret ?? ""} />
        </div>
      </div>
      <Notice>{t("account.keySecretText")}</Notice>
      <Button kind="primary" wide onClick={onClose}>
        {t("account.done")}
      </Button>
    </Dialog>
  );
}

/** Password, authenticator, recovery codes and passkeys. */

import { type Schemas, api, dataOf } from "@pyxiu/client";
import { Button, Dialog, Field, IconButton, Notice, SkeletonRows, useToast } from "@pyxiu/ui";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactElement, useState } from "react";

import { useFormats } from "../app/format.ts";
import { queries } from "../app/queries.ts";
import { refreshUser } from "../app/session.ts";
import { useT } from "../i18n/index.ts";
import { PasswordField } from "./Entry.tsx";
import { Strength } from "./SignUp.tsx";
import { createPasskey, passkeysAreThere } from "./passkey.ts";
import { useAction } from "./useAction.ts";

type Factors = Schemas["FactorsEntity"];

const FACTORS_KEY = ["mine", "factors"];

export function useFactors(): Factors | undefined {
  return useQuery({ queryKey: FACTORS_KEY, queryFn: () => dataOf(api.GET("/api/v2/barong/resource/factors")) }).data;
}

async function factorsHaveChanged(): Promise<void> {
  await Promise.all([queries.invalidateQueries({ queryKey: FACTORS_KEY }), refreshUser()]);
}

export function Security(): ReactElement {
  const t = useT();
  const factors = useFactors();
  const [codes, setCodes] = useState<readonly string[]>([]);
  return (
    <>
      <ChangePassword />
      {!factors && <SkeletonRows rows={3} label={t("app.loading")} />}
      {factors && <Authenticator factors={factors} onCodes={setCodes} />}
      {factors && <Passkeys factors={factors} onCodes={setCodes} />}
      {factors && (factors.totp || factors.passkeys.length > 0) && <Recovery factors={factors} onCodes={setCodes} />}
      {codes.length > 0 && (
        <Dialog title={t("account.recovery")} closeLabel={t("app.close")} onClose={() => setCodes([])}>
          <p>{t("account.recoveryText")}</p>
          <ul className="codes">
            {codes.map((code) => (
              <li key={code}>{code}</li>
            ))}
          </ul>
          <div className="dialog-actions">
            <CopyButton text={codes.join("\n")} />
            <Button kind="primary" onClick={() => setCodes([])}>
              {t("account.done")}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
}

export function CopyButton({ text }: { text: string }): ReactElement | null {
  const t = useT();
  const say = useToast();
  // Without https there is no clipboard for pages; the text can be marked by hand.
  if (!window.isSecureContext) return null;
  return <IconButton icon="copy" label={t("app.copy")} onClick={() => void navigator.clipboard.writeText(text).then(() => say(t("app.copied")))} />;
}

function ChangePassword(): ReactElement {
  const t = useT();
  const action = useAction();
  const [old, setOld] = useState("");
  const [password, setPassword] = useState("");
  const [repeated, setRepeated] = useState("");
  const differs = repeated !== "" && repeated !== password;
  const change = async (): Promise<void> => {
    const body = { old_password: old, new_password: password, confirm_password: repeated };
    await api.PUT("/api/v2/barong/resource/users/password", { body });
    setOld("");
    setPassword("");
    setRepeated("");
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!differs) action.run(change, t("account.passwordChanged"));
  };
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{t("account.changePassword")}</h2>
      </div>
      <form className="stack narrow" onSubmit={submit}>
        {action.failure && <Notice kind="bad">{action.failure}</Notice>}
        <PasswordField label={t("account.oldPassword")} autoComplete="current-password" value={old} onChange={setOld} />
        <PasswordField label={t("auth.newPassword")} autoComplete="new-password" value={password} onChange={setPassword} />
        <Strength password={password} />
        <PasswordField label={t("auth.repeat")} autoComplete="new-password" value={repeated} onChange={setRepeated} wrong={differs ? t("auth.mismatch") : null} />
        <div>
          <Button type="submit" kind="primary" busy={action.busy}>
            {t("app.save")}
          </Button>
        </div>
      </form>
    </section>
  );
}

interface PartProps {
  factors: Factors;
  onCodes: (codes: readonly string[]) => void;
}

function Authenticator({ factors, onCodes }: PartProps): ReactElement {
  const t = useT();
  const action = useAction();
  const [scan, setScan] = useState<{ barcode: string; url: string } | null>(null);
  const [asking, setAsking] = useState(false);
  const begin = async (): Promise<void> => setScan((await dataOf(api.POST("/api/v2/barong/resource/otp/generate_qrcode"))).data);
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{t("account.totp")}</h2>
        {factors.totp ? (
          <Button small kind="danger" onClick={() => setAsking(true)}>
            {t("account.disable")}
          </Button>
        ) : (
          <Button small kind="primary" busy={action.busy} onClick={() => action.run(begin)} data-testid="enable-totp">
            {t("account.enable")}
          </Button>
        )}
      </div>
      {action.failure && <Notice kind="bad">{action.failure}</Notice>}
      <p className="muted">{t(factors.totp ? "account.totpOn" : "account.totpOff")}</p>
      {scan && <EnableDialog scan={scan} onClose={() => setScan(null)} onCodes={onCodes} />}
      {asking && (
        <CodeDialog
          title={t("account.disable")}
          done={t("account.totpDisabled")}
          onClose={() => setAsking(false)}
          act={async (code) => {
            await api.POST("/api/v2/barong/resource/otp/disable", { body: { code } });
            await factorsHaveChanged();
          }}
        />
      )}
    </section>
  );
}

function EnableDialog({ scan, onClose, onCodes }: { scan: { barcode: string; url: string }; onClose: () => void; onCodes: PartProps["onCodes"] }): ReactElement {
  const t = useT();
  const action = useAction();
  const [code, setCode] = useState("");
  const secret = new URL(scan.url).searchParams.get("secret") ?? "";
  const enable = async (): Promise<void> => {
    const made = await dataOf(api.POST("/api/v2/barong/resource/otp/enable", { body: { code: code.trim() } }));
    onClose();
    onCodes(made.recovery_codes);
    await factorsHaveChanged();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    action.run(enable, t("account.totpEnabled"));
  };
  return (
    <Dialog title={t("account.totp")} closeLabel={t("app.close")} onClose={onClose}>
      <p>{t("account.scan")}</p>
      <img className="qr" src={`data:image/png;base64,${scan.barcode}`} alt={t("account.qr")} />
      <div className="field">
        <span className="label">{t("account.secret")}</span>
        <div className="secret" data-testid="totp-secret">
          {secret}
          <CopyButton text={secret} />
        </div>
      </div>
      <form className="stack" onSubmit={submit}>
        <Field label={t("auth.code")} inputMode="numeric" autoComplete="one-time-code" required value={code} wrong={action.failure} onChange={(event) => setCode(event.target.value)} />
        <Button type="submit" kind="primary" wide busy={action.busy}>
          {t("account.enable")}
        </Button>
      </form>
    </Dialog>
  );
}

interface CodeDialogProps {
  title: string;
  done?: string;
  act: (code: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for the authenticator's code and does something with it. */
export function CodeDialog({ title, done, act, onClose }: CodeDialogProps): ReactElement {
  const t = useT();
  const action = useAction();
  const [code, setCode] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    action.run(async () => {
      await act(code.trim());
      onClose();
    }, done);
  };
  return (
    <Dialog title={title} closeLabel={t("app.close")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label={t("auth.code")} inputMode="numeric" autoComplete="one-time-code" required autoFocus value={code} wrong={action.failure} onChange={(event) => setCode(event.target.value)} />
        <Button type="submit" kind="primary" wide busy={action.busy}>
          {t("app.confirm")}
        </Button>
      </form>
    </Dialog>
  );
}

function Recovery({ factors, onCodes }: PartProps): ReactElement {
  const t = useT();
  const [asking, setAsking] = useState(false);
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{t("account.recovery")}</h2>
        {factors.totp && (
          <Button small onClick={() => setAsking(true)}>
            {t("account.recoveryMake")}
          </Button>
        )}
      </div>
      <p className="muted">
        {t("account.recoveryText")} {t("account.recoveryLeft", { count: factors.recovery_codes_left })}
      </p>
      {asking && (
        <CodeDialog
          title={t("account.recoveryMake")}
          onClose={() => setAsking(false)}
          act={async (code) => {
            const made = await dataOf(api.POST("/api/v2/barong/resource/otp/recovery_codes", { body: { code } }));
            onCodes(made.recovery_codes);
            await factorsHaveChanged();
          }}
        />
      )}
    </section>
  );
}

function Passkeys({ factors, onCodes }: PartProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<number | null>(null);
  const action = useAction();
  const remove = async (id: number, otp_code?: string): Promise<void> => {
    const params = { path: { id: String(id) } };
    await api.DELETE("/api/v2/barong/resource/passkeys/{id}", { params, body: { otp_code } });
    await factorsHaveChanged();
  };
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{t("account.passkeys")}</h2>
        {passkeysAreThere() && (
          <Button small onClick={() => setAdding(true)} data-testid="add-passkey">
            {t("account.passkeyAdd")}
          </Button>
        )}
      </div>
      {action.failure && <Notice kind="bad">{action.failure}</Notice>}
      {!passkeysAreThere() && <p className="muted">{t("account.passkeyInsecure")}</p>}
      {factors.passkeys.length === 0 && <p className="muted">{t("account.passkeyNone")}</p>}
      <ul className="steps">
        {factors.passkeys.map((passkey) => (
          <li key={passkey.id}>
            <span>
              {passkey.label} <span className="muted">{formats.date(passkey.created_at)}</span>
            </span>
            {/* Only a code can approve it here; a passkey alone does so when it is used for the removal itself. */}
            {factors.totp && (
              <Button small kind="danger" onClick={() => setRemoving(passkey.id)}>
                {t("account.remove")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {adding && <PasskeyDialog factors={factors} onClose={() => setAdding(false)} onCodes={onCodes} />}
      {removing !== null && (
        <CodeDialog title={t("account.remove")} done={t("account.removed")} onClose={() => setRemoving(null)} act={(code) => remove(removing, code)} />
      )}
    </section>
  );
}

function PasskeyDialog({ factors, onClose, onCodes }: PartProps & { onClose: () => void }): ReactElement {
  const t = useT();
  const action = useAction();
  const [label, setLabel] = useState("");
  const [code, setCode] = useState("");
  const add = async (): Promise<void> => {
    const options = await dataOf(api.POST("/api/v2/barong/resource/passkeys/registration_options"));
    const credential = await createPasskey(options);
    const proof = factors.totp ? { otp_code: code.trim() } : {};
    const made = await dataOf(api.POST("/api/v2/barong/resource/passkeys", { body: { credential, ...(label ? { label } : {}), ...proof } }));
    onClose();
    if (made.recovery_codes.length > 0) onCodes(made.recovery_codes);
    await factorsHaveChanged();
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    action.run(add, t("account.passkeyAdded"));
  };
  return (
    <Dialog title={t("account.passkeyAdd")} closeLabel={t("app.close")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {action.failure && <Notice kind="bad">{action.failure}</Notice>}
        <Field label={t("account.passkeyName")} maxLength={64} value={label} onChange={(event) => setLabel(event.target.value)} />
        {factors.totp && <Field label={t("auth.code")} inputMode="numeric" autoComplete="one-time-code" required value={code} onChange={(event) => setCode(event.target.value)} />}
        <Button type="submit" kind="primary" wide busy={action.busy}>
          {t("account.passkeyAdd")}
        </Button>
      </form>
    </Dialog>
  );
}

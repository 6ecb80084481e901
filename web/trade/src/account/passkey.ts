/** The browser's passkeys. Limit: browsers since 2024-2025, which read and write the JSON of the standard themselves. */

export function passkeysAreThere(): boolean {
  return window.isSecureContext && "PublicKeyCredential" in window && "parseCreationOptionsFromJSON" in PublicKeyCredential;
}

type Options = Record<string, unknown>;
/** Any object: what the document calls one without fields. */
type Answer = Record<string, never>;

export async function createPasskey(options: Options): Promise<Answer> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as unknown as PublicKeyCredentialCreationOptionsJSON);
  return json(await navigator.credentials.create({ publicKey }));
}

export async function usePasskey(options: Options): Promise<Answer> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as unknown as PublicKeyCredentialRequestOptionsJSON);
  return json(await navigator.credentials.get({ publicKey }));
}

function json(credential: Credential | null): Answer {
  if (!(credential instanceof PublicKeyCredential)) throw new TypeError("expected a public key credential");
  return credential.toJSON() as unknown as Answer;
}

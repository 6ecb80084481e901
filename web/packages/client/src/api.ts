/**
 * The HTTP API, typed by our OpenAPI document.
 *
 * Invariant: an answer that is no success becomes an ApiFailure with the codes of the API; writes of a session carry its
 * CSRF token. Limit: the session itself is a cookie that scripts cannot see; what is kept here is the token beside it.
 */

import createClient, { type Middleware } from "openapi-fetch";

import type { components, paths } from "./schema.d.ts";

export type Schemas = components["schemas"];

export class ApiFailure extends Error {
  constructor(
    readonly status: number,
    readonly codes: readonly string[],
    readonly retryAfterS: number | null = null,
  ) {
    super(codes.join(", ") || `status ${status}`);
  }

  has(code: string): boolean {
    return this.codes.includes(code);
  }
}

const CSRF_KEY = "csrfToken";
export const SESSION_CODES = [
  "authz.invalid_session",
  "authz.client_session_mismatch",
  "authz.csrf_token_mismatch",
  "identity.session.not_active",
];

export const csrf = {
  get: (): string | null => localStorage.getItem(CSRF_KEY),
  set: (token: string | null): void => {
    if (token) localStorage.setItem(CSRF_KEY, token);
    else localStorage.removeItem(CSRF_KEY);
  },
};

let onSessionEnded: () => void = () => undefined;

/** Whom to tell when an answer says that there is no session any more. */
export function whenSessionEnds(tell: () => void): void {
  onSessionEnded = tell;
}

export function sessionEnded(): void {
  onSessionEnded();
}

export async function failureOf(response: Response): Promise<ApiFailure> {
  let codes: string[] = [];
  try {
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null && "errors" in body && Array.isArray(body.errors)) {
      codes = body.errors.filter((code): code is string => typeof code === "string");
    }
  } catch {
    codes = [];
  }
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ApiFailure(response.status, codes, Number.isFinite(retryAfter) ? retryAfter : null);
}

const session: Middleware = {
  onRequest({ request }) {
    const token = csrf.get();
    if (token && request.method !== "GET") request.headers.set("X-CSRF-Token", token);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const failure = await failureOf(response);
    if (response.status === 401 && csrf.get() && SESSION_CODES.some((code) => failure.has(code))) sessionEnded();
    throw failure;
  },
  onError() {
    // fetch says nothing else than that there was no answer.
    return new ApiFailure(0, ["web.no_answer"]);
  },
};

export const api = createClient<paths>({ baseUrl: "" });
api.use(session);

/** The data of a successful answer. */
export async function dataOf<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

/** The proof of work that some requests of visitors need. Limit: other captchas of an operator need another front-end. */

import { api, dataOf } from "@pyxiu/client";

export type Flow = "user_create" | "session_create" | "password_reset" | "email_confirmation";

/** What to send as `captcha_response`; undefined where nothing is asked for. Solved just before the request. */
export async function solveCaptcha(flow: Flow): Promise<string | undefined> {
  const found = await dataOf(api.GET("/api/v2/barong/identity/captcha", { params: { query: { flow } } }));
  const { challenge, difficulty } = found;
  if (found.type !== "pow" || !challenge || difficulty === undefined) return undefined;
  const worker = new Worker(new URL("./proofOfWork.worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
      worker.onerror = () => reject(new Error("the proof of work has failed"));
      worker.postMessage({ challenge, difficulty });
    });
  } finally {
    worker.terminate();
  }
}

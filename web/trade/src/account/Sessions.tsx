/** Where the account is logged in. */

import { api, dataOf } from "@pyxiu/client";
import { Button, Empty, Notice, SkeletonRows } from "@pyxiu/ui";
import { useQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { useFormats } from "../app/format.ts";
import { queries } from "../app/queries.ts";
import { useT } from "../i18n/index.ts";
import { Scroll } from "../layout/tables.tsx";
import { deviceName } from "./deviceName.ts";
import { useAction } from "./useAction.ts";

const KEY = ["mine", "sessions"];

export function Sessions(): ReactElement {
  const t = useT();
  const formats = useFormats();
  const action = useAction();
  const found = useQuery({ queryKey: KEY, queryFn: () => dataOf(api.GET("/api/v2/barong/resource/sessions")) });
  const sessions = found.data ?? [];
  const end = async (id: number): Promise<void> => {
    await api.DELETE("/api/v2/barong/resource/sessions/{id}", { params: { path: { id: String(id) } } });
    await queries.invalidateQueries({ queryKey: KEY });
  };
  const endOthers = async (): Promise<void> => {
    await api.DELETE("/api/v2/barong/resource/sessions");
    await queries.invalidateQueries({ queryKey: KEY });
  };
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{t("account.sessions")}</h2>
        {sessions.some((session) => !session.current) && (
          <Button small kind="danger" busy={action.busy} onClick={() => action.run(endOthers, t("account.ended"))}>
            {t("account.endOthers")}
          </Button>
        )}
      </div>
      {action.failure && <Notice kind="bad">{action.failure}</Notice>}
      {found.isPending && <SkeletonRows rows={2} label={t("app.loading")} />}
      {found.isSuccess && sessions.length === 0 && <Empty text={t("account.noSessions")} />}
      {sessions.length > 0 && (
        <Scroll label={t("account.sessions")}>
          <table className="table">
            <thead>
              <tr>
                <th>{t("account.device")}</th>
                <th>{t("account.address")}</th>
                <th>{t("account.seen")}</th>
                <th className="end">{t("orders.actions")}</th>
              </tr>
            </thead>
            <tbody>
              {sessions.map((session) => (
                <tr key={session.id}>
                  <td title={session.user_agent}>
                    {deviceName(session.user_agent)} {session.current && <span className="badge">{t("account.thisDevice")}</span>}
                  </td>
                  <td>
                    {session.user_ip} <span className="muted">{session.user_ip_country}</span>
                  </td>
                  <td className="number">{formats.dateTime(session.last_used_at)}</td>
                  <td className="end">
                    {!session.current && (
                      <Button small kind="outline" busy={action.busy} onClick={() => action.run(() => end(session.id), t("account.ended"))}>
                        {t("account.endSession")}
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </section>
  );
}

/** What was done with the account, by whom it looked like. */

import { api, dataOf } from "@pyxiu/client";
import { Button, Empty, SkeletonRows } from "@pyxiu/ui";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactElement } from "react";

import { useFormats } from "../app/format.ts";
import { useT } from "../i18n/index.ts";
import { Scroll } from "../layout/tables.tsx";
import { deviceName } from "./deviceName.ts";

const PAGE = 25;

export function Activity(): ReactElement {
  const t = useT();
  const formats = useFormats();
  const found = useInfiniteQuery({
    queryKey: ["mine", "activity"],
    queryFn: ({ pageParam }) => {
      const params = { path: { topic: "all" }, query: { page: pageParam, limit: PAGE } } as const;
      return dataOf(api.GET("/api/v2/barong/resource/users/activity/{topic}", { params }));
    },
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (last.length < PAGE ? undefined : pages.length + 1),
  });
  const rows = found.data?.pages.flat() ?? [];
  return (
    <section className="card">
      <div className="card-head">
        <h2 className="card-title">{t("account.activity")}</h2>
      </div>
      {found.isPending && <SkeletonRows rows={4} label={t("app.loading")} />}
      {!found.isPending && rows.length === 0 && <Empty text={t("account.noActivity")} />}
      {rows.length > 0 && (
        <Scroll label={t("account.activity")}>
          <table className="table">
            <thead>
              <tr>
                <th>{t("account.when")}</th>
                <th>{t("account.what")}</th>
                <th>{t("account.result")}</th>
                <th>{t("account.address")}</th>
                <th>{t("account.device")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td className="number">{formats.dateTime(row.created_at)}</td>
                  <td>
                    {row.topic}: {row.action}
                  </td>
                  <td>
                    <span className={row.result === "succeed" ? "up" : "down"}>{row.result}</span>
                  </td>
                  <td>
                    {row.user_ip} <span className="muted">{row.user_ip_country}</span>
                  </td>
                  <td title={row.user_agent}>{deviceName(row.user_agent)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {found.hasNextPage && (
            <div className="more">
              <Button small busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                {t("app.more")}
              </Button>
            </div>
          )}
        </Scroll>
      )}
    </section>
  );
}

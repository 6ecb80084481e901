/** The account: who one is, and what keeps it safe. */

import type { ReactElement } from "react";
import { NavLink, Navigate, Route, Routes } from "react-router";

import { useFormats } from "../app/format.ts";
import { useSession } from "../app/session.ts";
import { type Key, useT } from "../i18n/index.ts";
import { Activity } from "./Activity.tsx";
import { ApiKeys } from "./ApiKeys.tsx";
import { Security } from "./Security.tsx";
import { Sessions } from "./Sessions.tsx";
import { Verification } from "./Verification.tsx";

const PARTS: readonly (readonly [string, Key])[] = [
  ["", "account.overview"],
  ["security", "account.security"],
  ["sessions", "account.sessions"],
  ["api-keys", "account.apiKeys"],
  ["activity", "account.activity"],
  ["verification", "account.verification"],
];

export function Account(): ReactElement {
  const t = useT();
  return (
    <div className="page">
      <h1 className="page-title">{t("account.title")}</h1>
      <div className="account">
        <nav className="account-nav" aria-label={t("account.title")}>
          {PARTS.map(([path, name]) => (
            <NavLink key={path} to={`/account${path ? `/${path}` : ""}`} end={path === ""}>
              {t(name)}
            </NavLink>
          ))}
        </nav>
        <div>
          <Routes>
            <Route index element={<Overview />} />
            <Route path="security" element={<Security />} />
            <Route path="sessions" element={<Sessions />} />
            <Route path="api-keys" element={<ApiKeys />} />
            <Route path="activity" element={<Activity />} />
            <Route path="verification" element={<Verification />} />
            <Route path="*" element={<Navigate to="/account" replace />} />
          </Routes>
        </div>
      </div>
    </div>
  );
}

function Overview(): ReactElement | null {
  const t = useT();
  const formats = useFormats();
  const { user } = useSession();
  if (!user) return null;
  const facts: readonly (readonly [Key, string])[] = [
    ["auth.email", user.email],
    ["account.uid", user.uid],
    ["account.level", String(user.level)],
    ["account.role", user.role],
    ["account.state", user.state],
    ["account.since", formats.date(user.created_at)],
  ];
  return (
    <section className="card">
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{t(name)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

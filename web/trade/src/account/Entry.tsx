/** The frame of the pages for those who are not logged in, and the password field. */

import { Button, Field, Notice } from "@pyxiu/ui";
import { type FormEvent, type ReactElement, type ReactNode, useState } from "react";

import { useT } from "../i18n/index.ts";

interface EntryProps {
  title: string;
  failure?: string | null;
  notice?: string | null;
  onSubmit?: () => void;
  children: ReactNode;
  links?: ReactNode;
}

export function Entry({ title, failure, notice, onSubmit, children, links }: EntryProps): ReactElement {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <div className="entry">
      <div className="entry-card">
        <h1>{title}</h1>
        {notice && <Notice>{notice}</Notice>}
        {failure && <Notice kind="bad">{failure}</Notice>}
        <form onSubmit={submit}>{children}</form>
        {links && <div className="entry-links">{links}</div>}
      </div>
    </div>
  );
}

interface PasswordProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  wrong?: string | null;
}

export function PasswordField({ label, value, onChange, autoComplete, wrong }: PasswordProps): ReactElement {
  const t = useT();
  const [shown, setShown] = useState(false);
  return (
    <Field
      label={label}
      type={shown ? "text" : "password"}
      autoComplete={autoComplete}
      required
      maxLength={128}
      value={value}
      wrong={wrong}
      onChange={(event) => onChange(event.target.value)}
      suffix={
        <Button kind="link" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {t(shown ? "auth.hide" : "auth.show")}
        </Button>
      }
    />
  );
}

/** Buttons, fields and choices. Native elements throughout, so that keyboards and screen readers know them. */

import { type ButtonHTMLAttributes, type InputHTMLAttributes, type KeyboardEvent, type ReactElement, type ReactNode, type SelectHTMLAttributes, useId } from "react";

import { Icon, type IconName } from "./icons.tsx";

export type ButtonKind = "plain" | "primary" | "outline" | "danger" | "buy" | "sell" | "link";

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: ButtonKind;
  small?: boolean;
  wide?: boolean;
  busy?: boolean;
}

export function Button({ kind = "plain", small, wide, busy, className = "", type = "button", disabled, ...rest }: ButtonProps): ReactElement {
  const names = ["button", kind, small ? "small" : "", wide ? "wide" : "", className].filter(Boolean).join(" ");
  return <button {...rest} type={type} className={names} disabled={disabled || busy} aria-busy={busy || undefined} />;
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: IconName;
  label: string;
  filled?: boolean;
}

export function IconButton({ icon, label, filled = false, className = "", ...rest }: IconButtonProps): ReactElement {
  return (
    <button type="button" {...rest} className={`icon-button ${className}`} aria-label={label} title={label}>
      <Icon name={icon} filled={filled} />
    </button>
  );
}

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "prefix"> {
  label: string;
  prefix?: ReactNode;
  suffix?: ReactNode;
  hint?: ReactNode;
  wrong?: string | null | undefined;
  /** The label stands inside the box, before the value. */
  inline?: boolean;
  numeric?: boolean;
}

export function Field({ label, prefix, suffix, hint, wrong, inline, numeric, ...input }: FieldProps): ReactElement {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", wrong ? `${id}-wrong` : ""].filter(Boolean).join(" ");
  return (
    <div className="field">
      {!inline && <label htmlFor={id}>{label}</label>}
      <div className={`input${numeric ? " numeric" : ""}${wrong ? " wrong" : ""}`}>
        {inline && (
          <label className="prefix" htmlFor={id}>
            {label}
          </label>
        )}
        {prefix && <span className="prefix">{prefix}</span>}
        <input {...input} id={id} aria-invalid={wrong ? true : undefined} aria-describedby={described || undefined} />
        {suffix && <span className="suffix">{suffix}</span>}
      </div>
      {hint && (
        <span className="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {wrong && (
        <span className="wrong-text" id={`${id}-wrong`} role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}

interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  hideLabel?: boolean;
}

export function Select({ label, hideLabel, children, ...rest }: SelectProps): ReactElement {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} className={hideLabel ? "hidden" : undefined}>
        {label}
      </label>
      <div className="input">
        <select {...rest} id={id}>
          {children}
        </select>
      </div>
    </div>
  );
}

interface CheckProps {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}

export function Check({ label, checked, onChange, disabled }: CheckProps): ReactElement {
  return (
    <label className="check">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
}

interface ChoiceProps<T extends string> {
  label: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
  className?: string;
}

/** Arrow keys move among `[role]` siblings and choose, as the ARIA patterns for tabs and radio groups have it. */
function moveByArrows(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const siblings = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
  const next = siblings[(siblings.indexOf(document.activeElement as HTMLElement) + step + siblings.length) % siblings.length];
  event.preventDefault();
  next?.focus();
  next?.click();
}

/** The buttons only: whoever shows the panel gives it `id={panel}` and `role="tabpanel"`. */
export function Tabs<T extends string>({ label, choices, value, onChange, panel, className = "" }: ChoiceProps<T> & { panel?: string }): ReactElement {
  return (
    <div className={`tabs ${className}`} role="tablist" aria-label={label} onKeyDown={moveByArrows}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="tab"
          className="tab"
          aria-selected={choice.value === value}
          aria-controls={panel}
          tabIndex={choice.value === value ? 0 : -1}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}

export function Segments<T extends string>({ label, choices, value, onChange, className = "" }: ChoiceProps<T>): ReactElement {
  return (
    <div className={`segments ${className}`} role="radiogroup" aria-label={label} onKeyDown={moveByArrows}>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="radio"
          className={`segment ${choice.value}`}
          aria-checked={choice.value === value}
          tabIndex={choice.value === value ? 0 : -1}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}

/** Dialogs, menus and short messages. Dialogs are the browser's own: it keeps the focus inside and Escape closes. */

import { type ReactElement, type ReactNode, createContext, useCallback, useContext, useEffect, useId, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";

import { IconButton } from "./controls.tsx";
import { Icon, type IconName } from "./icons.tsx";

interface DialogProps {
  title: string;
  closeLabel: string;
  onClose: () => void;
  children: ReactNode;
  className?: string;
}

/** At the end of the document, so that a dialog with a form may be opened from within another form. */
export function Dialog({ title, closeLabel, onClose, children, className = "" }: DialogProps): ReactElement {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return createPortal(
    <dialog
      ref={dialog}
      onSubmit={(event) => event.stopPropagation()}
      className={`dialog ${className}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="dialog-head">
        <h2 className="dialog-title" id={id}>
          {title}
        </h2>
        <IconButton icon="close" label={closeLabel} onClick={onClose} />
      </div>
      <div className="dialog-body">{children}</div>
    </dialog>,
    document.body,
  );
}

interface MenuProps {
  label: string;
  icon: IconName;
  children: (close: () => void) => ReactNode;
  text?: string;
}

/** A button and what it opens; closed by Escape, by a click elsewhere, and when the focus leaves. */
export function Menu({ label, icon, children, text }: MenuProps): ReactElement {
  const [open, setOpen] = useState(false);
  const area = useRef<HTMLDivElement>(null);
  const close = useCallback(() => setOpen(false), []);
  useAway(area, open, close);
  return (
    <div className="menu-area" ref={area}>
      {text ? (
        <button type="button" className="button small menu-button" aria-haspopup="true" aria-expanded={open} aria-label={label} onClick={() => setOpen(!open)}>
          <Icon name={icon} />
          <span className="menu-text">{text}</span>
          <Icon name="down" size={12} />
        </button>
      ) : (
        <IconButton icon={icon} label={label} aria-haspopup="true" aria-expanded={open} onClick={() => setOpen(!open)} />
      )}
      {open && <div className="popover menu">{children(close)}</div>}
    </div>
  );
}

/** Calls `leave` on Escape and on a press or focus outside of `area` while `active`. */
export function useAway(area: { readonly current: HTMLElement | null }, active: boolean, leave: () => void): void {
  useEffect(() => {
    if (!active) return;
    const outside = (event: Event): void => {
      if (area.current && event.target instanceof Node && !area.current.contains(event.target)) leave();
    };
    const escape = (event: globalThis.KeyboardEvent): void => {
      if (event.key === "Escape") leave();
    };
    document.addEventListener("mousedown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("mousedown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [active, area, leave]);
}

export type ToastKind = "plain" | "good" | "bad";

interface ToastEntry {
  readonly id: number;
  readonly kind: ToastKind;
  readonly text: string;
}

type Say = (text: string, kind?: ToastKind) => void;

const Toasting = createContext<Say>(() => undefined);
const TOAST_MS = 6000;
const TOASTS_MAX = 4;

export function useToast(): Say {
  return useContext(Toasting);
}

export function Toasts({ children, closeLabel }: { children: ReactNode; closeLabel: string }): ReactElement {
  const [toasts, setToasts] = useState<readonly ToastEntry[]>([]);
  const last = useRef(0);
  const remove = useCallback((id: number) => setToasts((there) => there.filter((toast) => toast.id !== id)), []);
  const say = useCallback<Say>(
    (text, kind = "plain") => {
      last.current += 1;
      const id = last.current;
      setToasts((there) => [...there, { id, kind, text }].slice(-TOASTS_MAX));
      setTimeout(() => remove(id), TOAST_MS);
    },
    [remove],
  );
  const shown = useMemo(
    () => (
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className={`toast ${toast.kind}`}>
            <div>{toast.text}</div>
            <IconButton icon="close" label={closeLabel} onClick={() => remove(toast.id)} />
          </div>
        ))}
      </div>
    ),
    [toasts, closeLabel, remove],
  );
  return (
    <Toasting value={say}>
      {children}
      {shown}
    </Toasting>
  );
}

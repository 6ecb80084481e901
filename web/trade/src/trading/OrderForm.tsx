/** The order form: what is written, what it would do, and the button that sends it. */

import { Button, Check, Dialog, Field, Notice, Segments, Select, Tabs, useToast } from "@pyxiu/ui";
import { type Decimal, type Preview, add, affordable, compare, decimal, isPositive, isZero, multiply, parseDecimal, percentOf, plainOf, rescale, toText } from "@pyxiu/market";
import { type FormEvent, type ReactElement, type ReactNode, useState } from "react";
import { Link } from "react-router";

import { type Market, upper, useFees, useNeededLevel } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useSession } from "../app/session.ts";
import { choose, useSettings } from "../app/settings.ts";
import { useStore } from "../app/stores.ts";
import { failureText, useT } from "../i18n/index.ts";
import { balances, book } from "../live/index.ts";
import type { Order } from "../live/orders.ts";
import { DepositLink } from "./DepositLink.tsx";
import { type Checked, type Finding, check } from "./check.ts";
import { placeOrder } from "./placeOrder.ts";
import { type Ticket, type TimeInForce, ticket as ticketStore, write } from "./ticket.ts";

const SHARES = [25, 50, 75, 100] as const;

export function OrderForm({ market }: { market: Market }): ReactElement {
  const t = useT();
  const ticket = useStore(ticketStore);
  const { confirmOrders } = useSettings();
  const { state } = useSession();
  const [confirming, setConfirming] = useState(false);
  const checked = useChecked(market, ticket);
  const sending = useSending(market);
  const blocking = checked.findings.filter((finding) => !finding.mild);
  const isOpen = market.state === "enabled";
  const ready = isOpen && blocking.length === 0 && checked.amount !== null && (ticket.type === "market" || checked.price !== null);
  const base = upper(market.base_unit);
  const send = (): void => {
    setConfirming(false);
    if (checked.amount !== null) sending.send({ market: market.id, ticket, price: checked.price, amount: checked.amount });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!ready) return;
    if (confirmOrders) setConfirming(true);
    else send();
  };
  return (
    <section className="form panel" aria-label={t("form.title")}>
      <form onSubmit={submit} noValidate>
        <Segments
          label={t("form.side")}
          className="sides"
          choices={[
            { value: "buy", label: t("form.buy") },
            { value: "sell", label: t("form.sell") },
          ]}
          value={ticket.side}
          onChange={(side) => write({ side })}
        />
        <Tabs
          label={t("form.type")}
          choices={[
            { value: "limit", label: t("form.limit") },
            { value: "market", label: t("form.market") },
          ]}
          value={ticket.type}
          onChange={(type) => write({ type, amount: "" })}
        />
        <Fields market={market} ticket={ticket} checked={checked} />
        {state === "member" ? (
          <Button type="submit" kind={ticket.side} wide disabled={!ready} busy={sending.busy} data-testid="submit-order">
            {t(ticket.side === "buy" ? "form.submitBuy" : "form.submitSell", { currency: base })}
          </Button>
        ) : (
          <Link to="/signin" state={{ from: `/trading/${market.id}` }} className="button primary wide">
            {t("form.signIn")}
          </Link>
        )}
        <OrderFindings findings={checked.findings} />
        {!isOpen && <Notice>{t("form.closed")}</Notice>}
        <LevelNotice />
        <Summary market={market} ticket={ticket} preview={checked.preview} />
      </form>
      <Assets market={market} />
      {confirming && checked.preview && (
        <ConfirmDialog market={market} ticket={ticket} checked={checked} preview={checked.preview} onSend={send} onClose={() => setConfirming(false)} />
      )}
    </section>
  );
}

function useChecked(market: Market, ticket: Ticket): Checked {
  const formats = useFormats();
  const view = useStore(book.view);
  const available = useAvailable(ticket.side === "buy" ? market.quote_unit : market.base_unit);
  const fees = useFees(market.id);
  const here = view.market === market.id;
  return check(ticket, {
    market: {
      pricePrecision: market.price_precision,
      amountPrecision: market.amount_precision,
      minPrice: decimal(market.min_price),
      maxPrice: decimal(market.max_price),
      minAmount: decimal(market.min_amount),
      base: market.base_unit,
    },
    asks: here ? view.asks : [],
    bids: here ? view.bids : [],
    fees,
    available,
    language: formats.language,
    percent: (share) => formats.percent(share, 1),
  });
}

/** null while it is not known, and for visitors. */
function useAvailable(currency: string): Decimal | null {
  const text = useStore(balances.all)?.[currency]?.available;
  return text === undefined ? null : decimal(text);
}

interface Sending {
  readonly busy: boolean;
  readonly send: (order: Parameters<typeof placeOrder>[0]) => void;
}

function useSending(market: Market): Sending {
  const t = useT();
  const formats = useFormats();
  const say = useToast();
  const [busy, setBusy] = useState(false);
  const tell = (order: Order): void => {
    const words = { side: t(order.side === "buy" ? "form.buy" : "form.sell"), currency: upper(market.base_unit) };
    if (order.state === "done") {
      say(t("form.filled", { ...words, amount: formats.exact(order.executed_volume), price: formats.exact(order.avg_price) }), "good");
    } else if (order.state === "cancel") say(t("form.remainder", { ...words, amount: formats.exact(order.executed_volume) }));
    else say(t(order.trades_count > 0 ? "form.partly" : "form.placed", { ...words, amount: formats.exact(order.origin_volume) }), "good");
  };
  const send: Sending["send"] = (order) => {
    setBusy(true);
    placeOrder(order, () => say(t("form.unknown")))
      .then(
        (placed) => {
          write({ amount: "" });
          tell(placed);
        },
        (failure: unknown) => say(failureText(t, failure), "bad"),
      )
      .finally(() => setBusy(false));
  };
  return { busy, send };
}

interface FieldsProps {
  market: Market;
  ticket: Ticket;
  checked: Checked;
}

function Fields({ market, ticket, checked }: FieldsProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const view = useStore(book.view);
  const base = upper(market.base_unit);
  const quote = upper(market.quote_unit);
  const wrong = (field: Finding["field"]): string | null => {
    const finding = checked.findings.find((other) => other.field === field);
    return finding ? t(finding.key, finding.parameters) : null;
  };
  const best = ticket.side === "buy" ? view.asks[0] : view.bids[0];
  const byQuote = ticket.type === "market" && ticket.by === "quote";
  const amountLabel = byQuote ? t(ticket.side === "buy" ? "form.spend" : "form.receive") : t("form.amount");
  return (
    <>
      <Available market={market} ticket={ticket} />
      {ticket.type === "limit" && (
        <Field
          label={t("form.price")}
          inline
          numeric
          id="order-price"
          data-field="price"
          inputMode="decimal"
          autoComplete="off"
          placeholder={best ? formats.fixed({ units: best.price, scale: market.price_precision }, market.price_precision) : "0"}
          value={ticket.price}
          wrong={wrong("price")}
          onChange={(event) => write({ price: event.target.value })}
          suffix={
            <>
              {best && (
                <Button kind="link" onClick={() => write({ price: toText({ units: best.price, scale: market.price_precision }) })}>
                  {t("form.best")}
                </Button>
              )}{" "}
              {quote}
            </>
          }
        />
      )}
      <Field
        label={amountLabel}
        inline
        numeric
        data-field="amount"
        inputMode="decimal"
        autoComplete="off"
        placeholder="0"
        value={ticket.amount}
        wrong={wrong("amount")}
        onChange={(event) => write({ amount: event.target.value })}
        suffix={ticket.type === "limit" ? base : <UnitChoice base={base} quote={quote} by={ticket.by} />}
      />
      <ShareButtons market={market} ticket={ticket} />
      {ticket.type === "limit" && (
        <div className="form-terms">
          <Select
            label={t("form.timeInForce")}
            hideLabel
            value={ticket.timeInForce}
            onChange={(event) => {
              const timeInForce = event.target.value as TimeInForce;
              write({ timeInForce, ...(timeInForce === "gtc" ? {} : { postOnly: false }) });
            }}
          >
            <option value="gtc">{t("form.gtc")}</option>
            <option value="ioc">{t("form.ioc")}</option>
            <option value="fok">{t("form.fok")}</option>
          </Select>
          <Check label={t("form.postOnly")} checked={ticket.postOnly} disabled={ticket.timeInForce !== "gtc"} onChange={(postOnly) => write({ postOnly })} />
        </div>
      )}
    </>
  );
}

function UnitChoice({ base, quote, by }: { base: string; quote: string; by: "base" | "quote" }): ReactElement {
  const t = useT();
  return (
    <Segments
      label={t("form.by")}
      choices={[
        { value: "base", label: base },
        { value: "quote", label: quote },
      ]}
      value={by}
      onChange={(chosen) => write({ by: chosen, amount: "" })}
    />
  );
}

function Available({ market, ticket }: { market: Market; ticket: Ticket }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const currency = ticket.side === "buy" ? market.quote_unit : market.base_unit;
  const available = useAvailable(currency);
  return (
    <div className="form-line">
      <span className="muted">{t("form.available")}</span>
      <span className="available">
        <span className="number" data-testid="available">
          {available ? formats.exact(available) : "–"} {upper(currency)}
        </span>
        <DepositLink currency={currency} />
      </span>
    </div>
  );
}

function ShareButtons({ market, ticket }: { market: Market; ticket: Ticket }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const view = useStore(book.view);
  const available = useAvailable(ticket.side === "buy" ? market.quote_unit : market.base_unit);
  const use = (percent: number): void => {
    if (!available) return;
    const part = rescale(percentOf(available, percent), available.scale);
    const amount = amountFor(market, ticket, part, view.asks[0]?.price ?? null, formats.language);
    if (amount) write({ amount: toText(amount) });
  };
  return (
    <div className="shares" role="group" aria-label={t("form.available")}>
      {SHARES.map((percent) => (
        <Button key={percent} small disabled={!available || !isPositive(available)} aria-label={t("form.percent", { percent })} onClick={() => use(percent)}>
          {percent}%
        </Button>
      ))}
    </div>
  );
}

/** What `part` of the paying currency comes to in the unit that the amount field has. */
function amountFor(market: Market, ticket: Ticket, part: Decimal, bestAsk: bigint | null, language: string): Decimal | null {
  const terms = { pricePrecision: market.price_precision, amountPrecision: market.amount_precision };
  if (ticket.side === "sell" && (ticket.type === "limit" || ticket.by === "base")) return affordable(terms, "sell", part, null);
  if (ticket.type === "market" && ticket.by === "quote") {
    if (ticket.side === "buy") return rescale(part, market.price_precision);
    const bid = book.view.get().bids[0];
    return bid ? rescale(multiply(part, { units: bid.price, scale: market.price_precision }), market.price_precision) : null;
  }
  const typed = ticket.type === "limit" ? plainOf(ticket.price, language) : null;
  const price = typed === null ? (bestAsk === null ? null : { units: bestAsk, scale: market.price_precision }) : parseDecimal(typed);
  return affordable(terms, "buy", part, price);
}

function OrderFindings({ findings }: { findings: readonly Finding[] }): ReactElement | null {
  const t = useT();
  const shown = findings.filter((finding) => finding.field === "order");
  if (shown.length === 0) return null;
  return (
    <div className="wrong-text" role="alert">
      {shown.map((finding) => (
        <p key={finding.key}>{t(finding.key, finding.parameters)}</p>
      ))}
    </div>
  );
}

function LevelNotice(): ReactElement | null {
  const t = useT();
  const { user } = useSession();
  const level = useNeededLevel("trading");
  if (!user || level === undefined || user.level >= level) return null;
  return (
    <div className="notice" role="status">
      <div>
        <strong>{t("form.levelTitle", { level })}</strong>
        <p>{t("form.level", { level: user.level })}</p>
        <Link to="/account/verification">{t("form.verify")}</Link>
      </div>
    </div>
  );
}

/** Both currencies of the market, and its rules. */
function Assets({ market }: { market: Market }): ReactElement {
  const t = useT();
  const formats = useFormats();
  const all = useStore(balances.all);
  const { state } = useSession();
  const base = upper(market.base_unit);
  return (
    <div className="assets">
      <h2>{t("form.thisMarket")}</h2>
      <dl className="summary">
        {state === "member" &&
          [market.base_unit, market.quote_unit].map((currency) => {
            const held = all?.[currency];
            return (
              <Line key={currency} name={upper(currency)}>
                {held ? formats.exact(add(decimal(held.available), decimal(held.locked))) : "–"}
                {held && !isZero(decimal(held.locked)) && (
                  <span className="muted">
                    {" "}
                    ({t("balances.held")} {formats.exact(held.locked)})
                  </span>
                )}
              </Line>
            );
          })}
        <Line name={t("form.leastAmount")}>
          {formats.exact(market.min_amount)} {base}
        </Line>
        <Line name={t("form.priceStep")}>
          {formats.exact({ units: 1n, scale: market.price_precision })} {upper(market.quote_unit)}
        </Line>
        <Line name={t("form.amountStep")}>
          {formats.exact({ units: 1n, scale: market.amount_precision })} {base}
        </Line>
      </dl>
    </div>
  );
}

interface SummaryProps {
  market: Market;
  ticket: Ticket;
  preview: Preview | null;
}

function Summary({ market, ticket, preview }: SummaryProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const fees = useFees(market.id);
  const base = upper(market.base_unit);
  const quote = upper(market.quote_unit);
  const received = ticket.side === "buy" ? base : quote;
  const rates = `${t("form.maker", { rate: formats.percent(fees.maker) })} · ${t("form.taker", { rate: formats.percent(fees.taker) })}`;
  const shown = (value: Decimal | null | undefined, scale: number, unit: string): string => (value ? `${formats.fixed(value, scale, "half-up")} ${unit}` : "–");
  return (
    <dl className="summary" data-testid="summary">
      <Line name={t("form.total")}>{shown(preview?.total, Math.min(8, market.price_precision + 2), quote)}</Line>
      {ticket.type === "market" && <Line name={t("form.averagePrice")}>{shown(preview?.averagePrice, market.price_precision, quote)}</Line>}
      {ticket.type === "market" && (
        <Line name={t("form.slippage")} bad={preview ? compare(preview.slippage, decimal("0.01")) > 0 : false}>
          {preview ? formats.percent(preview.slippage) : "–"}
        </Line>
      )}
      <Line name={t("form.feeUp")} title={rates}>{shown(preview?.fee, 8, received)}</Line>
      <Line name={t("form.receives")}>{shown(preview?.received, ticket.side === "buy" ? market.amount_precision + 2 : market.price_precision + 2, received)}</Line>
      <Line name="">
        <span className="muted">{rates}</span>
      </Line>
    </dl>
  );
}

function Line({ name, children, bad, title }: { name: string; children: ReactNode; bad?: boolean; title?: string }): ReactElement {
  return (
    <div className="form-line" title={title}>
      <dt className="muted">{name}</dt>
      <dd className={`number${bad ? " down" : ""}`}>{children}</dd>
    </div>
  );
}

interface ConfirmProps {
  market: Market;
  ticket: Ticket;
  checked: Checked;
  preview: Preview;
  onSend: () => void;
  onClose: () => void;
}

function ConfirmDialog({ market, ticket, checked, preview, onSend, onClose }: ConfirmProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const base = upper(market.base_unit);
  const quote = upper(market.quote_unit);
  const [ask, setAsk] = useState(true);
  const mild = checked.findings.filter((finding) => finding.mild);
  const unit = ticket.type === "market" && ticket.by === "quote" ? quote : base;
  return (
    <Dialog title={t("form.confirmTitle")} closeLabel={t("app.close")} onClose={onClose}>
      <p className={`confirm-what ${ticket.side === "buy" ? "up" : "down"}`}>
        {t(ticket.side === "buy" ? "form.buy" : "form.sell")} {market.name} · {t(ticket.type === "limit" ? "form.limit" : "form.market")}
      </p>
      <dl className="summary">
        {checked.price !== null && <Line name={t("form.price")}>{`${formats.text(checked.price)} ${quote}`}</Line>}
        {checked.amount !== null && <Line name={t("form.amount")}>{`${formats.text(checked.amount)} ${unit}`}</Line>}
      </dl>
      <Summary market={market} ticket={ticket} preview={preview} />
      {mild.map((finding) => (
        <p key={finding.key} className="notice">
          {t(finding.key, finding.parameters)}
        </p>
      ))}
      <Check label={t("form.dontAsk")} checked={!ask} onChange={(never) => setAsk(!never)} />
      <div className="dialog-actions">
        <Button kind="outline" onClick={onClose}>
          {t("app.cancel")}
        </Button>
        <Button
          kind={ticket.side}
          autoFocus
          data-testid="confirm-order"
          onClick={() => {
            if (!ask) choose({ confirmOrders: false });
            onSend();
          }}
        >
          {t("app.confirm")}
        </Button>
      </div>
    </Dialog>
  );
}

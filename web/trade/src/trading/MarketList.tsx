/** Markets with search, favourites and quote currencies. */

import { Empty, Icon, Segments } from "@pyxiu/ui";
import { type ReactElement, memo, useMemo, useState } from "react";
import { Link } from "react-router";

import { type Market, upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { choose, settings, useSettings } from "../app/settings.ts";
import { useStore } from "../app/stores.ts";
import { useT } from "../i18n/index.ts";
import { tickers } from "../live/index.ts";
import type { Ticker } from "../live/tickers.ts";
import { direction } from "./TickerBar.tsx";

/** Lets the keyboard open the list that the ticker bar has. */
export const openMarkets = { tell: (): void => undefined };

interface MarketListProps {
  markets: readonly Market[];
  current: string;
  onChosen?: () => void;
  focus?: boolean;
}

export function MarketList({ markets, current, onChosen, focus = false }: MarketListProps): ReactElement {
  const t = useT();
  const [search, setSearch] = useState("");
  const [group, setGroup] = useState("all");
  const { favourites } = useSettings();
  const all = useStore(tickers.all);
  const quotes = useMemo(() => [...new Set(markets.map((market) => market.quote_unit))], [markets]);
  const wanted = search.trim().toLowerCase().replaceAll("/", "");
  const shown = markets.filter((market) => {
    if (wanted && !market.id.includes(wanted) && !market.name.toLowerCase().includes(wanted)) return false;
    if (group === "favourites") return favourites.includes(market.id);
    return group === "all" || market.quote_unit === group;
  });
  return (
    <div className="market-list">
      <div className="input">
        <span className="prefix">
          <Icon name="search" size={14} />
        </span>
        <input
          type="search"
          placeholder={t("markets.search")}
          aria-label={t("markets.search")}
          value={search}
          ref={(element) => {
            if (focus && element && document.activeElement === document.body) element.focus();
          }}
          autoFocus={focus}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <Segments
        label={t("markets.title")}
        choices={[
          {
            value: "favourites",
            label: (
              <>
                <Icon name="star" size={13} filled />
                <span className="hidden">{t("markets.favourites")}</span>
              </>
            ),
          },
          { value: "all", label: t("app.all") },
          ...quotes.map((quote) => ({ value: quote, label: upper(quote) })),
        ]}
        value={group}
        onChange={setGroup}
      />
      <div className="market-head" aria-hidden="true">
        <span>{t("markets.pair")}</span>
        <span>{t("markets.price")}</span>
        <span>{t("markets.change")}</span>
      </div>
      <ul className="market-rows">
        {shown.map((market) => (
          <MarketRow
            key={market.id}
            market={market}
            ticker={all?.[market.id]}
            current={market.id === current}
            favourite={favourites.includes(market.id)}
            onChosen={onChosen}
          />
        ))}
      </ul>
      {shown.length === 0 && <Empty text={t(group === "favourites" && !wanted ? "markets.noFavourites" : "markets.none")} />}
    </div>
  );
}

interface MarketRowProps {
  market: Market;
  ticker: Ticker | undefined;
  current: boolean;
  favourite: boolean;
  onChosen: (() => void) | undefined;
}

const MarketRow = memo(function MarketRow({ market, ticker, current, favourite, onChosen }: MarketRowProps): ReactElement {
  const t = useT();
  const formats = useFormats();
  const star = t(favourite ? "markets.unfavourite" : "markets.favourite", { market: market.name });
  return (
    <li className={`market-row${current ? " current" : ""}`}>
      <button type="button" className={`star${favourite ? " on" : ""}`} aria-label={star} aria-pressed={favourite} onClick={() => toggle(market.id)}>
        <Icon name="star" size={13} filled={favourite} />
      </button>
      <Link to={`/trading/${market.id}`} aria-current={current ? "page" : undefined} onClick={onChosen}>
        <span className="pair">
          <b>{upper(market.base_unit)}</b>
          <span className="muted">/{upper(market.quote_unit)}</span>
        </span>
        <span className="number">{ticker ? formats.fixed(ticker.last, market.price_precision) : "–"}</span>
        <span className={`number ${direction(ticker?.price_change_percent)}`}>{ticker ? formats.text(ticker.price_change_percent) : "–"}</span>
      </Link>
    </li>
  );
});

function toggle(market: string): void {
  const { favourites } = settings.get();
  choose({ favourites: favourites.includes(market) ? favourites.filter((other) => other !== market) : [...favourites, market] });
}

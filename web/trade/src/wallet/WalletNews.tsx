/** What the stream tells of the wallet, on whatever page the member is: a word of it, and answers asked for anew. */

import { useToast } from "@pyxiu/ui";
import { useEffect, useRef } from "react";

import { upper } from "../app/catalog.ts";
import { useFormats } from "../app/format.ts";
import { useT } from "../i18n/index.ts";
import { walletNews } from "../live/index.ts";
import type { WalletNews as News } from "../live/wallet.ts";
import { refresh } from "./api.ts";
import { wordsOf } from "./news.ts";

export function WalletNews(): null {
  const t = useT();
  const formats = useFormats();
  const say = useToast();
  const told = useRef(new Set<string>());
  useEffect(() => {
    const tell = (news: News): void => {
      if (news.kind === "deposit") void refresh("deposits", "transactions");
      else if (news.kind === "withdraw") void refresh("withdraws", "transactions", "sums");
      else void refresh("addresses");
      const words = wordsOf(news, told.current);
      if (words) say(t(words.key, { amount: formats.exact(words.amount), currency: upper(words.currency) }), "good");
    };
    walletNews.told.add(tell);
    walletNews.missed = () => void refresh("deposits", "withdraws", "transactions", "transfers", "sums");
    return () => {
      walletNews.told.delete(tell);
      walletNews.missed = () => undefined;
    };
  }, [t, formats, say]);
  return null;
}

/**
 * The member's balances: the API at first, then the stream.
 *
 * Invariant: texts as they came, exact; an answer of the API never replaces what the stream has told since it was asked.
 */

import { Store, type Stream, api, dataOf } from "@pyxiu/client";

export interface Balance {
  readonly available: string;
  readonly locked: string;
}

export type Balances = Readonly<Record<string, Balance>>;

interface Row {
  readonly currency: string;
  readonly balance: string;
  readonly locked: string;
}

function readAll(): Promise<readonly Row[]> {
  return dataOf(api.GET("/api/v2/peatio/account/balances", { params: { query: { limit: 1000 } } }));
}

export class BalancesChannel {
  readonly all = new Store<Balances | null>(null);
  private leave: (() => void) | null = null;
  private frames = 0;
  /** Which frame has last told each currency. */
  private readonly toldIn = new Map<string, number>();

  constructor(
    private readonly stream: Stream,
    private readonly read: () => Promise<readonly Row[]> = readAll,
  ) {}

  start(): void {
    this.stop();
    this.leave = this.stream.subscribe("balances", {
      frame: (payload) => {
        const changed = Object.entries(payload);
        this.frames += 1;
        for (const [currency] of changed) this.toldIn.set(currency, this.frames);
        const news = Object.fromEntries(changed.map(([currency, [available, locked]]) => [currency, { available, locked }]));
        this.all.update((there) => ({ ...there, ...news }));
      },
    });
    void this.load();
  }

  stop(): void {
    this.leave?.();
    this.leave = null;
    this.toldIn.clear();
    this.all.set(null);
  }

  async load(): Promise<void> {
    const began = this.frames;
    try {
      const rows = await this.read();
      if (!this.leave) return;
      const old = rows.filter((row) => (this.toldIn.get(row.currency) ?? 0) <= began);
      const news = Object.fromEntries(old.map((row) => [row.currency, { available: row.balance, locked: row.locked }]));
      this.all.update((there) => ({ ...there, ...news }));
    } catch {
      // The stream brings them.
    }
  }
}

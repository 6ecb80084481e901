/**
 * News of the member's deposits, withdrawals and addresses: what the stream tells, and whoever wants to know.
 *
 * Invariant: every event is handed on once, in the order in which it came. Limit: nothing is kept here; pages ask the
 * API for what they show, and asking again is what news are for.
 */

import type { Stream, StreamSchemas } from "@pyxiu/client";

export type WalletNews =
  | { readonly kind: "deposit"; readonly deposit: StreamSchemas["DepositEvent"] }
  | { readonly kind: "withdraw"; readonly withdraw: StreamSchemas["WithdrawEvent"] }
  | { readonly kind: "address" };

export class WalletChannel {
  readonly told = new Set<(news: WalletNews) => void>();
  private leaves: (() => void)[] = [];
  private opened = 0;

  constructor(private readonly stream: Stream) {}

  start(): void {
    this.stop();
    this.leaves = [
      this.stream.subscribe("deposit", { opened: () => this.reopened(), frame: (deposit) => this.tell({ kind: "deposit", deposit }) }),
      this.stream.subscribe("withdraw", { frame: (withdraw) => this.tell({ kind: "withdraw", withdraw }) }),
      this.stream.subscribe("deposit_address", { frame: () => this.tell({ kind: "address" }) }),
    ];
  }

  stop(): void {
    for (const leave of this.leaves) leave();
    this.leaves = [];
    this.opened = 0;
  }

  /** Called each time that events may have been missed. */
  missed: () => void = () => undefined;

  private reopened(): void {
    this.opened += 1;
    if (this.opened > 1) this.missed();
  }

  private tell(news: WalletNews): void {
    for (const tell of this.told) tell(news);
  }
}

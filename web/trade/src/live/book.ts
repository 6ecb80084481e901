/**
 * The order book of the market on the screen.
 *
 * Invariant: what watchers see is a book without gaps whose checksum fits, or it is marked as stale. Watchers are told at
 * most once a frame of the screen, however many changes come. Limit: one market at a time.
 */

import { Store, type Stream, isSnapshot } from "@pyxiu/client";
import { type Applied, Book, type Level } from "@pyxiu/market";

export interface BookView {
  readonly market: string;
  readonly asks: readonly Level[];
  readonly bids: readonly Level[];
  readonly state: "loading" | "live" | "stale";
}

export const EMPTY_BOOK: BookView = { market: "", asks: [], bids: [], state: "loading" };

/** After so many failures in a row the book waits for the next connection rather than ask forever. */
const RESYNCS_MAX = 5;

export class BookChannel {
  readonly view = new Store<BookView>(EMPTY_BOOK);
  /** How often the book had to be fetched anew. */
  readonly resyncs = new Store(0);
  private leave: (() => void) | null = null;
  private drawing = false;

  constructor(
    private readonly stream: Stream,
    private readonly nextFrame: (draw: () => void) => void = (draw) => void requestAnimationFrame(draw),
  ) {}

  show(market: string, priceScale: number, volumeScale: number): void {
    if (this.view.get().market === market) return;
    this.leave?.();
    this.view.set({ ...EMPTY_BOOK, market });
    const name = `${market}.ob-inc` as const;
    const book = new Book(priceScale, volumeScale);
    let failures = 0;
    const settle = (result: Applied): void => {
      if (result === "applied") {
        failures = 0;
        this.draw(book, market);
        return;
      }
      // Increments between the failure and the snapshot that was asked for are nobody's loss.
      if (result === "no-snapshot") return;
      this.mark(market);
      failures += 1;
      this.resyncs.update((count) => count + 1);
      if (failures <= RESYNCS_MAX) this.stream.resync(name);
    };
    this.leave = this.stream.subscribe(name, {
      opened: () => {
        book.sequence = null;
        failures = 0;
      },
      closed: () => {
        book.sequence = null;
        this.mark(market);
      },
      frame: (payload, event) => settle(isSnapshot(payload, event) ? book.load(payload) : book.apply(payload)),
    });
  }

  private mark(market: string): void {
    const view = this.view.get();
    if (view.market === market && view.state === "live") this.view.set({ ...view, state: "stale" });
  }

  private draw(book: Book, market: string): void {
    if (this.drawing) return;
    this.drawing = true;
    this.nextFrame(() => {
      this.drawing = false;
      if (this.view.get().market !== market || book.sequence === null) return;
      this.view.set({ market, asks: [...book.asks], bids: [...book.bids], state: "live" });
    });
  }
}

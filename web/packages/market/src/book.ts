/**
 * One market's order book, kept from a snapshot and its increments.
 *
 * Invariant: sides are sorted best first, without empty levels; after a frame that carries a checksum the ten best levels
 * have that sum, and sequences have no gap. Where either fails, `apply` says so and the book is not to be shown until
 * the next snapshot. Limit: prices compare as integers of the market's price precision.
 */

import { crc32 } from "./crc32.ts";
import { powerOfTen } from "./decimal.ts";

export type Side = "asks" | "bids";
export type Pair = readonly [price: string, volume: string];

/** `price` and `volume` in units of the market's precisions; the texts are those of the frames, for the checksum. */
export interface Level {
  readonly price: bigint;
  readonly volume: bigint;
  readonly priceText: string;
  readonly volumeText: string;
}

export interface BookSnapshot {
  asks: readonly Pair[];
  bids: readonly Pair[];
  sequence: number;
  checksum?: number;
}

export interface BookIncrement {
  asks?: Pair | readonly Pair[] | null;
  bids?: Pair | readonly Pair[] | null;
  sequence: number;
  checksum?: number;
}

export type Applied = "applied" | "gap" | "checksum" | "unreadable" | "no-snapshot";

const CHECKED_LEVELS = 10;
const UNITS = /^(\d+)(?:\.(\d*))?$/;

/** Integer units of a plain decimal; null where it is none or has more digits than `scale`. */
export function toUnits(text: string, scale: number): bigint | null {
  const match = UNITS.exec(text);
  if (!match) return null;
  const fraction = (match[2] ?? "").replace(/0+$/, "");
  if (fraction.length > scale) return null;
  return BigInt(match[1] ?? "0") * powerOfTen(scale) + BigInt(fraction.padEnd(scale, "0") || "0");
}

export class Book {
  asks: Level[] = [];
  bids: Level[] = [];
  sequence: number | null = null;

  constructor(
    readonly priceScale: number,
    readonly volumeScale: number,
  ) {}

  load(snapshot: BookSnapshot): Applied {
    const asks = this.levels(snapshot.asks);
    const bids = this.levels(snapshot.bids);
    this.sequence = null;
    if (!asks || !bids) return "unreadable";
    this.asks = asks.sort((a, b) => (a.price < b.price ? -1 : 1));
    this.bids = bids.sort((a, b) => (a.price > b.price ? -1 : 1));
    if (snapshot.checksum !== undefined && snapshot.checksum !== this.checksum()) return "checksum";
    this.sequence = snapshot.sequence;
    return "applied";
  }

  /** Anything but "applied" leaves the book without a sequence: it needs a new snapshot. */
  apply(increment: BookIncrement): Applied {
    if (this.sequence === null) return "no-snapshot";
    if (increment.sequence !== this.sequence + 1) return this.failed("gap");
    for (const side of ["asks", "bids"] as const) {
      for (const pair of pairsOf(increment[side])) {
        if (!this.put(side, pair)) return this.failed("unreadable");
      }
    }
    if (increment.checksum !== undefined && increment.checksum !== this.checksum()) return this.failed("checksum");
    this.sequence = increment.sequence;
    return "applied";
  }

  checksum(): number {
    return crc32(checksumText(this.bids, this.asks));
  }

  private failed(reason: Applied): Applied {
    this.sequence = null;
    return reason;
  }

  private levels(pairs: readonly Pair[]): Level[] | null {
    const levels: Level[] = [];
    for (const pair of pairs) {
      const level = this.level(pair);
      if (!level) return null;
      if (level.volume > 0n) levels.push(level);
    }
    return levels;
  }

  private level([priceText, volumeText]: Pair): Level | null {
    const price = toUnits(priceText, this.priceScale);
    const volume = volumeText === "" ? 0n : toUnits(volumeText, this.volumeScale);
    return price === null || volume === null ? null : { price, volume, priceText, volumeText };
  }

  private put(side: Side, pair: Pair): boolean {
    const level = this.level(pair);
    if (!level) return false;
    const levels = this[side];
    const at = position(levels, level.price, side);
    const there = levels[at]?.price === level.price;
    if (level.volume > 0n) levels.splice(at, there ? 1 : 0, level);
    else if (there) levels.splice(at, 1);
    return true;
  }
}

/** The flat form `[price, volume]`, the nested one, or nothing. */
function pairsOf(given: Pair | readonly Pair[] | null | undefined): readonly Pair[] {
  if (!given || given.length === 0) return [];
  return typeof given[0] === "string" ? [given as Pair] : (given as readonly Pair[]);
}

/** Where `price` is or belongs. */
function position(levels: readonly Level[], price: bigint, side: Side): number {
  let low = 0;
  let high = levels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = (levels[middle] as Level).price;
    if (side === "asks" ? there < price : there > price) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function checksumText(bids: readonly Level[], asks: readonly Level[]): string {
  const parts: string[] = [];
  for (let index = 0; index < CHECKED_LEVELS; index += 1) {
    for (const level of [bids[index], asks[index]]) {
      if (level) parts.push(`${level.priceText}:${level.volumeText}`);
    }
  }
  return parts.join(":");
}

/** One row of the book as it is shown. `total` is cumulative from the best price on. */
export interface Row {
  readonly price: bigint;
  readonly volume: bigint;
  readonly total: bigint;
}

/**
 * The best `count` rows after levels are put together in steps of `step` price units. Bids round down and asks up, so
 * that a row never promises a better price than there is.
 */
export function grouped(levels: readonly Level[], side: Side, step: bigint, count: number): Row[] {
  const rows: Row[] = [];
  let price: bigint | null = null;
  let volume = 0n;
  let total = 0n;
  for (const level of levels) {
    const rest = level.price % step;
    const at = rest === 0n ? level.price : side === "bids" ? level.price - rest : level.price - rest + step;
    if (price !== null && at !== price) {
      total += volume;
      rows.push({ price, volume, total });
      if (rows.length === count) return rows;
      volume = 0n;
    }
    price = at;
    volume += level.volume;
  }
  if (price !== null) rows.push({ price, volume, total: total + volume });
  return rows;
}

/** What a market is, without screen or network: numbers, the book, previews, indicators. */

export * from "./book.ts";
export * from "./crc32.ts";
export * from "./decimal.ts";
export * from "./format.ts";
export * from "./indicators.ts";
export * from "./preview.ts";
export * from "./value.ts";

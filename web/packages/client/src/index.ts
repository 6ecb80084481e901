/** How the front-end reaches the exchange: the HTTP API and the stream. */

export * from "./api.ts";
export * from "./store.ts";
export * from "./stream.ts";
export * from "./streamMessages.ts";

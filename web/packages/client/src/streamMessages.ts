/**
 * What travels over the stream, typed by the schema that the exchange serves at /stream.schema.json.
 *
 * Invariant: names and payloads come from that schema alone. Limit: types; a frame is believed to be what it says.
 */

import type { components } from "./stream-schema.d.ts";

export type StreamSchemas = components["schemas"];
type Frame = StreamSchemas["StreamFrame"];

/** What can be subscribed to, such as `btcusdt.trades`. */
export type StreamName = keyof Frame & string;

/** What the frames of a subscription carry; one to a book brings snapshots too. */
export type PayloadOf<Name extends StreamName> = Name extends `${string}.ob-inc`
  ? StreamSchemas["BookSnapshot"] | NonNullable<Frame[Name]>
  : NonNullable<Frame[Name]>;

/** Of what a subscription to a book brings: whether it replaces what there was. */
export function isSnapshot(_: PayloadOf<`${string}.ob-inc`>, event: string): _ is StreamSchemas["BookSnapshot"] {
  return event.endsWith(".ob-snap");
}

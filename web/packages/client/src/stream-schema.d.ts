// Made by `npm run openapi` from the stream's schema; do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AskChange
         * @description One level that is new, other or gone. The last change of a moment has the checksum.
         */
        AskChange: {
            asks: components["schemas"]["Level"];
            /** @description One more than that of the frame before. */
            sequence: number;
            /** @description CRC-32 of the ten best levels of each side. */
            checksum?: number;
        };
        /**
         * Balance
         * @description One balance as it is now; `balance` is what is available.
         */
        Balance: {
            currency: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            balance: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            locked: string;
        };
        /**
         * BidChange
         * @description One level that is new, other or gone. The last change of a moment has the checksum.
         */
        BidChange: {
            bids: components["schemas"]["Level"];
            /** @description One more than that of the frame before. */
            sequence: number;
            /** @description CRC-32 of the ten best levels of each side. */
            checksum?: number;
        };
        /**
         * BookChanges
         * @description All changes of a moment, for connections with `?book=nested`.
         */
        BookChanges: {
            asks: components["schemas"]["Level"][];
            bids: components["schemas"]["Level"][];
            /** @description One more than that of the frame before. */
            sequence: number;
            /** @description CRC-32 of the ten best levels of each side. */
            checksum: number;
        };
        /**
         * BookSnapshot
         * @description The best levels of both sides, best first. Replaces what the client had.
         */
        BookSnapshot: {
            asks: components["schemas"]["Level"][];
            bids: components["schemas"]["Level"][];
            sequence: number;
            /** @description CRC-32 of the ten best levels of each side. */
            checksum: number;
        };
        /**
         * BookUpdate
         * @description The whole book.
         */
        BookUpdate: {
            asks: components["schemas"]["Level"][];
            bids: components["schemas"]["Level"][];
        };
        /** @description The body of the HTTP API's request. */
        CancelOrder: {
            /** @constant */
            event: "order.cancel";
            id?: string | number | null;
            data: {
                /** @description The order's id or UUID. */
                id?: number | string;
                /**
                 * @description Your name for the order. A second request with the same id and the same content is answered like the first and has no further effect; with other content it is refused.
                 * @example bot-7-000123
                 */
                client_order_id?: string;
            };
        };
        /** @description The body of the HTTP API's request. */
        CancelOrders: {
            /** @constant */
            event: "order.cancel_all";
            id?: string | number | null;
            /**
             * @example {
             *       "market": "btcusd",
             *       "side": "buy"
             *     }
             */
            data?: {
                /** @description Only orders of this market. */
                market?: string | null;
                /**
                 * @description Only orders of this side.
                 * @enum {unknown}
                 */
                side?: "buy" | "sell" | null;
            };
        };
        /**
         * Candle
         * @description The running candle: start in unix seconds, open, high, low, close, volume.
         */
        Candle: [
            number,
            number,
            number,
            number,
            number,
            number
        ];
        ClientMessage: components["schemas"]["Subscribe"] | components["schemas"]["Unsubscribe"] | components["schemas"]["PlaceOrder"] | components["schemas"]["CancelOrder"] | components["schemas"]["CancelOrders"] | components["schemas"]["OrderBatch"];
        /**
         * DepositAddressEvent
         * @description An address that was given just now, `type` is always `create`.
         */
        DepositAddressEvent: {
            /** @enum {string} */
            type: "create";
            currencies: string[];
            address: string;
            state: string;
            blockchain_key: string;
        };
        /**
         * DepositEvent
         * @description A deposit as it is after a change.
         */
        DepositEvent: {
            id: number;
            tid: string;
            currency: string;
            /**
             * @description What is credited, without the fee.
             * @example 0.002
             */
            amount: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            fee: string;
            txid: string | null;
            state: string;
            transfer_type: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            created_at: string;
            completed_at: string | null;
            /** @description null for fiat. */
            blockchain_key: string | null;
            /** @description Of coins: blocks that held it at this change. */
            confirmations?: number;
        };
        /**
         * Errors
         * @description What went wrong, as codes; `message` where a code alone would not help.
         */
        Errors: {
            errors: string[];
            message?: string;
            client_order_id?: string;
            client_order_ids?: string[];
        };
        /**
         * Failure
         * @description What could not be done, and the streams that it is about.
         */
        Failure: {
            /** @enum {string} */
            error: "stream.invalid_message" | "stream.unknown_event" | "stream.missing_streams" | "stream.invalid_streams" | "stream.unknown_stream" | "stream.authentication_required" | "stream.scope_not_permitted" | "stream.too_many_subscriptions" | "stream.private_unavailable";
            streams?: string[];
        };
        /**
         * ItemOutcome
         * @description What became of one item: `order` where the status is 201, else `errors`.
         */
        ItemOutcome: {
            status: number;
            /** @default null */
            order?: components["schemas"]["Order"] | null;
            /** @default [] */
            errors?: string[];
        };
        /**
         * Level
         * @description A price and the volume there.
         */
        Level: [
            string,
            string
        ];
        /**
         * OpenOrders
         * @description The open orders, newest first; `complete` is false where there are more.
         */
        OpenOrders: {
            orders: components["schemas"]["OrderEvent"][];
            complete: boolean;
        };
        /**
         * Order
         * @description A member's order. The fields after `trades_count` are additions to the dialect.
         */
        Order: {
            id: number;
            /** @description The id and the creation time as a UUID of version 7. */
            uuid: string;
            /** @enum {string} */
            side: "buy" | "sell";
            /** @enum {string} */
            ord_type: "limit" | "market";
            price: string | null;
            /**
             * @description Rounded down to the market's price precision.
             * @example 0.002
             */
            avg_price: string;
            /** @enum {string} */
            state: "wait" | "done" | "cancel";
            market: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            updated_at: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            origin_volume: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            remaining_volume: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            executed_volume: string;
            /**
             * @description Fraction charged while resting, fixed at creation.
             * @example 0.002
             */
            maker_fee: string;
            /**
             * @description Fraction charged while taking, fixed at creation.
             * @example 0.002
             */
            taker_fee: string;
            trades_count: number;
            client_order_id: string | null;
            /** @enum {string} */
            time_in_force: "gtc" | "ioc" | "fok";
            post_only: boolean;
            /** @enum {string} */
            stp: "none" | "cancel_newest" | "cancel_oldest" | "cancel_both" | "decrement";
            /**
             * @description What was paid or received, before fees.
             * @example 0.002
             */
            executed_quote: string;
            cancel_reason: string | null;
            trades?: components["schemas"]["Trade"][];
        };
        /** @description The body of the HTTP API's request. */
        OrderBatch: {
            /** @constant */
            event: "order.batch";
            id?: string | number | null;
            /**
             * @example {
             *       "items": [
             *         {
             *           "action": "cancel",
             *           "id": 41
             *         },
             *         {
             *           "market": "btcusd",
             *           "side": "buy",
             *           "volume": "0.1",
             *           "price": "20000.5",
             *           "client_order_id": "bot-7-124"
             *         }
             *       ]
             *     }
             */
            data: {
                items: ({
                    /**
                     * @default place
                     * @constant
                     */
                    action?: "place";
                    /**
                     * @description The market's id.
                     * @example btcusd
                     */
                    market: string;
                    /** @enum {unknown} */
                    side: "buy" | "sell";
                    /**
                     * @description How much of the base currency. Digits beyond the market's precision are refused, not rounded.
                     * @example 0.1
                     */
                    volume?: string | number;
                    /**
                     * @description Limit orders need it, market orders must not have it.
                     * @example 20000.5
                     */
                    price?: string | number | null;
                    /**
                     * @default limit
                     * @enum {unknown}
                     */
                    ord_type?: "limit" | "market";
                    /**
                     * @description gtc rests until canceled, ioc cancels what does not trade at once, fok trades whole or not.
                     * @default gtc
                     * @enum {unknown}
                     */
                    time_in_force?: "gtc" | "ioc" | "fok";
                    /**
                     * @description Refuse the order if it would trade at once.
                     * @default false
                     */
                    post_only?: boolean;
                    /**
                     * @description What happens when the order meets one of your own.
                     * @default cancel_newest
                     * @enum {unknown}
                     */
                    stp?: "none" | "cancel_newest" | "cancel_oldest" | "cancel_both" | "decrement";
                    /**
                     * @description Your name for the order. A second request with the same id and the same content is answered like the first and has no further effect; with other content it is refused.
                     * @example bot-7-000123
                     */
                    client_order_id?: string;
                    /** @description Market orders only, in place of `volume`: how much quote currency to spend or to receive. */
                    quote_amount?: string | number | null;
                    /** @description Market orders only: how far from the best price it may trade, 0.01 is 1 %. Default 0.1. */
                    max_slippage?: string | number | null;
                } | {
                    /** @constant */
                    action: "cancel";
                    /** @description The order's id or UUID. */
                    id?: number | string;
                    /**
                     * @description Your name for the order. A second request with the same id and the same content is answered like the first and has no further effect; with other content it is refused.
                     * @example bot-7-000123
                     */
                    client_order_id?: string;
                })[];
            };
        };
        /**
         * OrderEvent
         * @description An order as it is after a change.
         */
        OrderEvent: {
            id: number;
            /** @description The id and the creation time as a UUID of version 7. */
            uuid: string;
            /** @enum {string} */
            side: "buy" | "sell";
            /** @enum {string} */
            ord_type: "limit" | "market";
            price: string | null;
            /**
             * @description Rounded down to the market's price precision.
             * @example 0.002
             */
            avg_price: string;
            /** @enum {string} */
            state: "wait" | "done" | "cancel";
            market: string;
            /** @description Unix time in seconds. */
            created_at: number;
            /** @description Unix time in seconds. */
            updated_at: number;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            origin_volume: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            remaining_volume: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            executed_volume: string;
            /**
             * @description Fraction charged while resting, fixed at creation.
             * @example 0.002
             */
            maker_fee: string;
            /**
             * @description Fraction charged while taking, fixed at creation.
             * @example 0.002
             */
            taker_fee: string;
            trades_count: number;
            client_order_id: string | null;
            /** @enum {string} */
            time_in_force: "gtc" | "ioc" | "fok";
            post_only: boolean;
            /** @enum {string} */
            stp: "none" | "cancel_newest" | "cancel_oldest" | "cancel_both" | "decrement";
            /**
             * @description What was paid or received, before fees.
             * @example 0.002
             */
            executed_quote: string;
            cancel_reason: string | null;
            /** @enum {string} */
            kind: "bid" | "ask";
            /** @enum {string} */
            order_type: "limit" | "market";
            /** @description The same as `created_at`. */
            at: number;
        };
        /** @description The body of the HTTP API's request. */
        PlaceOrder: {
            /** @constant */
            event: "order.place";
            id?: string | number | null;
            /**
             * @example {
             *       "market": "btcusd",
             *       "side": "buy",
             *       "volume": "0.1",
             *       "price": "20000.5",
             *       "ord_type": "limit"
             *     }
             */
            data: {
                /**
                 * @description The market's id.
                 * @example btcusd
                 */
                market: string;
                /** @enum {unknown} */
                side: "buy" | "sell";
                /**
                 * @description How much of the base currency. Digits beyond the market's precision are refused, not rounded.
                 * @example 0.1
                 */
                volume?: string | number;
                /**
                 * @description Limit orders need it, market orders must not have it.
                 * @example 20000.5
                 */
                price?: string | number | null;
                /**
                 * @default limit
                 * @enum {unknown}
                 */
                ord_type?: "limit" | "market";
                /**
                 * @description gtc rests until canceled, ioc cancels what does not trade at once, fok trades whole or not.
                 * @default gtc
                 * @enum {unknown}
                 */
                time_in_force?: "gtc" | "ioc" | "fok";
                /**
                 * @description Refuse the order if it would trade at once.
                 * @default false
                 */
                post_only?: boolean;
                /**
                 * @description What happens when the order meets one of your own.
                 * @default cancel_newest
                 * @enum {unknown}
                 */
                stp?: "none" | "cancel_newest" | "cancel_oldest" | "cancel_both" | "decrement";
                /**
                 * @description Your name for the order. A second request with the same id and the same content is answered like the first and has no further effect; with other content it is refused.
                 * @example bot-7-000123
                 */
                client_order_id?: string;
                /** @description Market orders only, in place of `volume`: how much quote currency to spend or to receive. */
                quote_amount?: string | number | null;
                /** @description Market orders only: how far from the best price it may trade, 0.01 is 1 %. Default 0.1. */
                max_slippage?: string | number | null;
            };
        };
        /**
         * PublicTrade
         * @description A trade as everyone may see it.
         */
        PublicTrade: {
            tid: number;
            /** @enum {string} */
            taker_type: "buy" | "sell";
            /** @description Unix time in seconds. */
            date: number;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            price: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            amount: string;
        };
        /**
         * PublicTrades
         * @description What was traded since the frame before, oldest first.
         */
        PublicTrades: {
            trades: components["schemas"]["PublicTrade"][];
        };
        /** @description The answer to an order message. */
        Reply: {
            reply: {
                id: string | number | null;
                /** @description As the HTTP API would answer. */
                status: number;
                body: components["schemas"]["Order"] | components["schemas"]["Order"][] | components["schemas"]["ItemOutcome"][] | components["schemas"]["Errors"];
            };
        };
        ServerMessage: components["schemas"]["Success"] | components["schemas"]["Failure"] | components["schemas"]["Reply"] | components["schemas"]["StreamFrame"];
        /** @description One key, the name of the stream, with what it tells. */
        StreamFrame: {
            "global.tickers"?: {
                [key: string]: components["schemas"]["TickerEvent"];
            };
            order?: components["schemas"]["OrderEvent"];
            orders?: components["schemas"]["OpenOrders"];
            trade?: components["schemas"]["TradeEvent"];
            balance?: components["schemas"]["Balance"];
            /** @description Available and locked, by currency. */
            balances?: {
                [key: string]: [
                    string,
                    string
                ];
            };
            deposit_address?: components["schemas"]["DepositAddressEvent"];
            deposit?: components["schemas"]["DepositEvent"];
            withdraw?: components["schemas"]["WithdrawEvent"];
            [name: `${string}.trades`]: components["schemas"]["PublicTrades"];
            [name: `${string}.update`]: components["schemas"]["BookUpdate"];
            [name: `${string}.ob-snap`]: components["schemas"]["BookSnapshot"];
            [name: `${string}.ob-inc`]: components["schemas"]["BookChanges"] | components["schemas"]["AskChange"] | components["schemas"]["BidChange"];
            [name: `${string}.kline-1m`]: components["schemas"]["Candle"];
            [name: `${string}.kline-5m`]: components["schemas"]["Candle"];
            [name: `${string}.kline-15m`]: components["schemas"]["Candle"];
            [name: `${string}.kline-30m`]: components["schemas"]["Candle"];
            [name: `${string}.kline-1h`]: components["schemas"]["Candle"];
            [name: `${string}.kline-2h`]: components["schemas"]["Candle"];
            [name: `${string}.kline-4h`]: components["schemas"]["Candle"];
            [name: `${string}.kline-6h`]: components["schemas"]["Candle"];
            [name: `${string}.kline-12h`]: components["schemas"]["Candle"];
            [name: `${string}.kline-1d`]: components["schemas"]["Candle"];
            [name: `${string}.kline-3d`]: components["schemas"]["Candle"];
            [name: `${string}.kline-1w`]: components["schemas"]["Candle"];
        };
        /** @description Also tell these. */
        Subscribe: {
            /** @constant */
            event: "subscribe";
            /** @description Their names. */
            streams: string[];
        };
        /**
         * Subscriptions
         * @description All that the connection is subscribed to after what was asked for.
         */
        Subscriptions: {
            /** @enum {unknown} */
            message: "subscribed" | "unsubscribed";
            streams: string[];
        };
        /**
         * Success
         * @description The answer to `subscribe` and `unsubscribe`, and to the handshake.
         */
        Success: {
            success: components["schemas"]["Subscriptions"];
        };
        /**
         * TickerEvent
         * @description One market's last 24 hours. Without trades figures are "0.0", except `last`, the latest price ever.
         */
        TickerEvent: {
            name: string;
            base_unit: string;
            quote_unit: string;
            /** @description Unix time in seconds, as text. */
            at: string;
            /**
             * @description Volume-weighted, rounded down to price precision.
             * @example 0.002
             */
            avg_price: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            high: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            last: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            low: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            open: string;
            /** @example +1.23% */
            price_change_percent: string;
            /**
             * @description Traded, in the quote currency.
             * @example 0.002
             */
            volume: string;
            /**
             * @description Traded, in the base currency.
             * @example 0.002
             */
            amount: string;
        };
        /**
         * Trade
         * @description A member's half of a trade.
         */
        Trade: {
            id: number;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            price: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            amount: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            total: string;
            /** @description The currency received; the fee was taken from it. */
            fee_currency: string;
            /**
             * @description The fraction that was charged.
             * @example 0.002
             */
            fee: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            fee_amount: string;
            market: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            created_at: string;
            /** @enum {string} */
            taker_type: "buy" | "sell";
            /** @enum {string} */
            side: "buy" | "sell";
            order_id: number;
        };
        /**
         * TradeEvent
         * @description The member's half of a trade.
         */
        TradeEvent: {
            id: number;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            price: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            amount: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            total: string;
            /** @description The currency received; the fee was taken from it. */
            fee_currency: string;
            /**
             * @description The fraction that was charged.
             * @example 0.002
             */
            fee: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            fee_amount: string;
            market: string;
            /** @description Unix time in seconds. */
            created_at: number;
            /** @enum {string} */
            taker_type: "buy" | "sell";
            /** @enum {string} */
            side: "buy" | "sell";
            order_id: number;
        };
        /** @description Tell these no longer. */
        Unsubscribe: {
            /** @constant */
            event: "unsubscribe";
            /** @description Their names. */
            streams: string[];
        };
        /**
         * WithdrawEvent
         * @description A withdrawal as it is after a change; `amount` is what leaves the balance, the fee is in it.
         */
        WithdrawEvent: {
            id: number;
            tid: string;
            currency: string;
            /** @enum {string} */
            type: "coin" | "fiat";
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            amount: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            fee: string;
            blockchain_txid: string | null;
            rid: string;
            state: string;
            note: string | null;
            transfer_type: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            updated_at: string;
            done_at: string | null;
            /** @description null for fiat. */
            blockchain_key: string | null;
            /** @description Of coins: blocks that held it at this change. */
            confirmations?: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

// Made by `npm run openapi` from the OpenAPI document; do not edit.

export interface paths {
    "/api/v2/peatio/public/currencies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All visible currencies, in the order in which they are listed. */
        get: operations["get_public_currencies"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/currencies/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One currency. */
        get: operations["get_public_currencies_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/markets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * All listed markets.
         * @description The first one is where front-ends start.
         */
        get: operations["get_public_markets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/markets/{market}/order-book": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The orders that stand in a market's book.
         * @description `id`, `uuid` and the fees are null: the book is public, whose orders these are is not.
         */
        get: operations["get_public_markets_market_order_book"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/markets/{market}/depth": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A market's price levels, both sides best first. */
        get: operations["get_public_markets_market_depth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/markets/{market}/trades": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The latest trades of a market, newest first. */
        get: operations["get_public_markets_market_trades"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/markets/{market}/k-line": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The candles of a market, oldest first.
         * @description A candle is `[unix seconds, open, high, low, close, volume]`, all numbers. Idle intervals repeat the last close with
         *     volume 0. With both times all candles between them are given, with only `time_from` the first `limit`, otherwise the
         *     last `limit`. Intervals begin at multiples of the period since 1970 in UTC.
         */
        get: operations["get_public_markets_market_k_line"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/markets/tickers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tickers of all listed markets, by market. */
        get: operations["get_public_markets_tickers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/markets/{market}/tickers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The ticker of one market. */
        get: operations["get_public_markets_market_tickers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/trading_fees": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The fee table.
         * @description Of the rows that fit a member group and a market the most specific one counts: both, then group, then market.
         */
        get: operations["get_public_trading_fees"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/withdraw_limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The withdrawal limits by group and verification level. */
        get: operations["get_public_withdraw_limits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/member-levels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The verification level that deposits, withdrawals and trading need. */
        get: operations["get_public_member_levels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Currencies, markets, fees and limits at once. */
        get: operations["get_public_config"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/timestamp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The server's time.
         * @description ISO 8601 in UTC, as a JSON string. API keys need the time in milliseconds: see the X-Server-Time header of a refused
         *     nonce.
         */
        get: operations["get_public_timestamp"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is running. */
        get: operations["get_public_version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/webhooks/{adapter}/{event}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a custodial wallet provider calls.
         * @description No adapter that takes webhooks is installed, so every valid call is answered with
         *     `public.webhook.cannot_perfom_<adapter>_<event>`.
         */
        post: operations["post_public_webhooks_adapter_event"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/health/alive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this process runs. */
        get: operations["get_public_health_alive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/public/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether orders can be placed and read. */
        get: operations["get_public_health_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/balances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your money in all visible currencies, in the order in which currencies are listed. */
        get: operations["get_account_balances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/balances/{currency}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your money in one currency; zero where nothing ever happened. */
        get: operations["get_account_balances_currency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/beneficiaries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your address book, the oldest entry first; those that wait for their PIN too. */
        get: operations["get_account_beneficiaries"];
        put?: never;
        /**
         * Add an entry to your address book. A PIN is mailed to you; until you have confirmed it, nothing goes there.
         * @description The answer to an address that is none of that network says in `message` what is wrong with it.
         */
        post: operations["post_account_beneficiaries"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/beneficiaries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One entry of your address book. */
        get: operations["get_account_beneficiaries_id"];
        put?: never;
        post?: never;
        /** Take an entry out of your address book. Withdrawals that were asked for before go on. */
        delete: operations["delete_account_beneficiaries_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/beneficiaries/{id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Confirm an entry with the PIN that was mailed.
         * @description A PIN is good for an hour and five tries. The entry can be used from the time in `usable_from` on. Who has turned
         *     the allow-list on shows a second factor as well.
         */
        patch: operations["patch_account_beneficiaries_id_activate"];
        trace?: never;
    };
    "/api/v2/peatio/account/beneficiaries/{id}/resend_pin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Mail another PIN, a minute after the last one at the earliest; the one before does not work any more. */
        patch: operations["patch_account_beneficiaries_id_resend_pin"];
        trace?: never;
    };
    "/api/v2/peatio/account/withdraws": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your withdrawals, the newest first. */
        get: operations["get_account_withdraws"];
        put?: never;
        /**
         * Withdraw to an entry of your address book.
         * @description The funds are held at once. Within your limits it is approved by itself; above them, or above the exchange's own
         *     threshold, staff looks at it first. The second factor counts for exactly this withdrawal.
         */
        post: operations["post_account_withdraws"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/withdraws/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a withdrawal back that nobody has approved yet. What was held is yours again. */
        post: operations["post_account_withdraws_id_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/withdraws/sums": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What you have withdrawn lately, and your limits. */
        get: operations["get_account_withdraws_sums"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/withdraws/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of your withdrawals. */
        get: operations["get_account_withdraws_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/withdraw_settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How your withdrawals are guarded. */
        get: operations["get_account_withdraw_settings"];
        /** Turn your allow-list on or off. After it was turned off withdrawals wait, as after every change that lowers your account's security. */
        put: operations["put_account_withdraw_settings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/internal_transfers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Transfers between you and other members, the newest first. */
        get: operations["get_account_internal_transfers"];
        put?: never;
        /** Send funds to another member. They are there when the answer is; the way back is another transfer. */
        post: operations["post_account_internal_transfers"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/stats/pnl": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your profit and loss, at the weighted average cost. */
        get: operations["get_account_stats_pnl"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your deposits and withdrawals together. */
        get: operations["get_account_transactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/deposits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your deposits, the newest first. */
        get: operations["get_account_deposits"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/deposits/{txid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of your deposits. */
        get: operations["get_account_deposits_txid"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/deposit_address/{currency}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Your address for deposits of a coin.
         * @description It is made when it is first asked for, and stays yours: coins sent to an older address of yours arrive as well.
         */
        get: operations["get_account_deposit_address_currency"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/faucet": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this demo gives away; 404 where there is no faucet. */
        get: operations["get_account_faucet"];
        put?: never;
        /**
         * Have coins of a private chain sent to your deposit address.
         * @description Only on a demo with chains. One gift of a currency in five seconds.
         */
        post: operations["post_account_faucet"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/account/members/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** You, with your money in every visible currency. */
        get: operations["get_account_members_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/market/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your orders, the last changed first. There is no Total: ask for the next page to see whether there is one. */
        get: operations["get_market_orders"];
        put?: never;
        /**
         * Place an order.
         * @description Answers the order as it is after matching, once it is durable. Fields may come as JSON, as a form, or in the query string; numbers as texts or as JSON numbers, whose digits are kept as they are.
         */
        post: operations["post_market_orders"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/market/orders/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel an order.
         * @description Answers the order as it is after that, with state `cancel`: it is canceled and its funds are free, durably. The body may be empty, `null`, or anything else; the path names the order.
         */
        post: operations["post_market_orders_id_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/market/orders/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Place and cancel up to 200 orders.
         * @description Every item gets its own outcome, at its place in the answer: `status` and `order` or `errors` as a request of its own would have got. Items are decided in order, but it is no transaction: those before a failing one stay.
         */
        post: operations["post_market_orders_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/market/orders/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One of your orders, with its trades. */
        get: operations["get_market_orders_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/market/orders/by_client_id/{client_order_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your latest order under a client order id, with its trades. */
        get: operations["get_market_orders_by_client_id_client_order_id"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/market/orders/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel all your open orders, or those of a market or side.
         * @description Answers the canceled orders. At most 20,000 are canceled by one request; repeat it until the list is empty.
         */
        post: operations["post_market_orders_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/peatio/market/trades": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your trades, newest first. */
        get: operations["get_market_trades"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/users/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Be let in although restrictions keep your address out.
         * @description With the token of a whitelink; it may be used again until it expires.
         */
        post: operations["post_barong_identity_users_access"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/jwks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same below the API's prefix, for gateways that pass on nothing else. */
        get: operations["get_barong_public_jwks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether anybody is there. */
        get: operations["get_barong_identity_ping"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The server's time. */
        get: operations["get_barong_identity_time"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is running. */
        get: operations["get_barong_identity_version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/configs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What forms depend on. */
        get: operations["get_barong_identity_configs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/ping": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether anybody is there. */
        get: operations["get_barong_public_ping"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/time": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The server's time. */
        get: operations["get_barong_public_time"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is running. */
        get: operations["get_barong_public_version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/configs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What forms depend on. */
        get: operations["get_barong_public_configs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign up.
         * @description The account is pending until the link in the mail to its address was followed. A session is opened at once: the
         *     answer sets its cookie, and `csrf_token` is what `X-CSRF-Token` must say. Where the operator keeps private who has
         *     an account, there is no session yet, and a taken address is answered as a new one is.
         */
        post: operations["post_barong_identity_users"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/users/email/generate_code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Have the confirmation mail sent again.
         * @description The answer is the same for every address. Links of earlier mails stop working.
         */
        post: operations["post_barong_identity_users_email_generate_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/users/email/confirm_code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm your address with the token of the mail.
         * @description The account becomes active, and a session is opened unless the account has a second factor.
         */
        post: operations["post_barong_identity_users_email_confirm_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/users/superadmin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the first superadmin, with the token that was printed when the exchange was started.
         * @description Works once, and never where there is a superadmin already. The account is active, but not logged in.
         */
        post: operations["post_barong_identity_users_superadmin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/users/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your account. */
        get: operations["get_barong_resource_users_me"];
        /** Keep what your front-end wants kept; its `language` is that of your mails. */
        put: operations["put_barong_resource_users_me"];
        post?: never;
        /**
         * Close your account.
         * @description Send the fields in the body: addresses end up in logs. Nobody gets into the account any more; what it holds stays
         *     on the books.
         */
        delete: operations["delete_barong_resource_users_me"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/password/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** How hard a password is to guess, in bits; `password_min_entropy` of the configs is the least that will do. */
        post: operations["post_barong_identity_password_validate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/password/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** How hard a password is to guess, in bits; `password_min_entropy` of the configs is the least that will do. */
        post: operations["post_barong_public_password_validate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/users/password/generate_code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail by which a forgotten password can be replaced.
         * @description The answer is the same for every address, and takes as long. Links of earlier mails stop working.
         */
        post: operations["post_barong_identity_users_password_generate_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/users/password/confirm_code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password with the token of the mail.
         * @description All sessions of the account end, its API keys are switched off, and withdrawals wait. A second factor stays on.
         */
        post: operations["post_barong_identity_users_password_confirm_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/users/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change your password. Your other sessions end, and withdrawals wait. */
        put: operations["put_barong_resource_users_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in.
         * @description The answer sets the session's cookie; `csrf_token` is what `X-CSRF-Token` must say from now on. Where the account
         *     has a second factor, `identity.session.missing_otp` asks for it: send everything again with it. Wrong tries are
         *     limited by account and address; 429 says in `Retry-After` when to go on.
         */
        post: operations["post_barong_identity_sessions"];
        /** Log out. The session ends everywhere, also its websockets. */
        delete: operations["delete_barong_identity_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where you are logged in, the session that was used last first. */
        get: operations["get_barong_resource_sessions"];
        put?: never;
        post?: never;
        /** End all your other sessions; `ended` says how many. */
        delete: operations["delete_barong_resource_sessions"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End one of your sessions. */
        delete: operations["delete_barong_resource_sessions_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/configs/auth0": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which outside provider people may log in by. */
        get: operations["get_barong_public_configs_auth0"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/sessions/auth0": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Log in by an outside identity provider.
         * @description Whoever comes for the first time, with an address that the provider has verified and that has no account here, gets
         *     one. An account that is there is opened only to an identity that was linked to it. Each token opens one session,
         *     within ten minutes of its making; it is sent again with the second factor where `identity.session.missing_otp` asks.
         */
        post: operations["post_barong_identity_sessions_auth0"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/external_identities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Which outside identities may log in to your account. */
        get: operations["get_barong_resource_external_identities"];
        put?: never;
        /**
         * Let an outside identity log in to your account.
         * @description The provider must have verified the very address that your account has. Withdrawals wait for a day afterwards.
         */
        post: operations["post_barong_resource_external_identities"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/external_identities/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take the way in from an outside identity. Sessions that it opened go on until they end. */
        delete: operations["delete_barong_resource_external_identities_id"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your labels: private ones, which we set, and public ones, which are yours. */
        get: operations["get_barong_resource_labels"];
        put?: never;
        /** Add a public label. */
        post: operations["post_barong_resource_labels"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/labels/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One label; the private one where there are two of a key. */
        get: operations["get_barong_resource_labels_key"];
        put?: never;
        post?: never;
        /** Remove a public label. */
        delete: operations["delete_barong_resource_labels_key"];
        options?: never;
        head?: never;
        /** Change the value of a public label. */
        patch: operations["patch_barong_resource_labels_key"];
        trace?: never;
    };
    "/api/v2/barong/resource/users/activity/{topic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was done with your account, the latest first. */
        get: operations["get_barong_resource_users_activity_topic"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/otp/generate_qrcode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A secret for your authenticator app, as a QR code.
         * @description It is in force only once a code of it was shown to `otp/enable`; until then another call replaces it.
         */
        post: operations["post_barong_resource_otp_generate_qrcode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/otp/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Put the generated secret in force, with a code of it.
         * @description Your other sessions end. With the first factor of an account come ten recovery codes, shown this once. An account
         *     with a passkey must prove it (`assertion`, or a recovery code), and withdrawals then wait.
         */
        post: operations["post_barong_resource_otp_enable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/otp/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Try whether your app works. The code is used up by that. */
        post: operations["post_barong_resource_otp_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/otp/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Switch the authenticator app off.
         * @description Your API keys stop working, and withdrawals wait for a day.
         */
        post: operations["post_barong_resource_otp_disable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/otp/recovery_codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ten new recovery codes, shown this once. The old ones are void. */
        post: operations["post_barong_resource_otp_recovery_codes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/factors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The second factors of your account. */
        get: operations["get_barong_resource_factors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/factors/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve one action ahead, with a second factor.
         * @description The token that comes back lets exactly this action through, once, for two minutes, in this session.
         */
        post: operations["post_barong_resource_factors_approvals"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/passkeys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your passkeys, oldest first. */
        get: operations["get_barong_resource_passkeys"];
        put?: never;
        /**
         * Add a passkey to your account.
         * @description Where there is a second factor already, this needs a proof of one. Withdrawals wait for a day afterwards. With the
         *     first factor of an account come ten recovery codes, shown this once.
         */
        post: operations["post_barong_resource_passkeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/passkeys/registration_options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What `navigator.credentials.create()` takes as `publicKey`, with byte values in base64url.
         * @description The challenge in it can be answered once, for two minutes, in this session.
         */
        post: operations["post_barong_resource_passkeys_registration_options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/passkeys/assertion_options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What `navigator.credentials.get()` takes as `publicKey`, to approve one action with a passkey.
         * @description The assertion goes into the field `assertion` of the action's own request, and is good for nothing else.
         */
        post: operations["post_barong_resource_passkeys_assertion_options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/passkeys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a passkey out of your account. Withdrawals wait for a day afterwards. */
        delete: operations["delete_barong_resource_passkeys_id"];
        options?: never;
        head?: never;
        /** Give a passkey another name. */
        patch: operations["patch_barong_resource_passkeys_id"];
        trace?: never;
    };
    "/api/v2/barong/identity/sessions/passkey/options": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What `navigator.credentials.get()` takes as `publicKey` to log in, with byte values in base64url.
         * @description The same for everybody; the authenticator offers the accounts that it knows. It can be answered once, for two
         *     minutes, by the browser that asked: here, or in `assertion` of `POST /identity/sessions` as the second factor.
         */
        post: operations["post_barong_identity_sessions_passkey_options"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/sessions/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Log in with a passkey that has verified its owner. No password and no code is asked for. */
        post: operations["post_barong_identity_sessions_passkey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/api_keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your API keys. */
        get: operations["get_barong_resource_api_keys"];
        put?: never;
        /**
         * Make an API key.
         * @description The secret of an HS256 key is in this answer and never shown again; of an Ed25519 key you send the public half.
         *     Withdrawals wait for a day afterwards.
         */
        post: operations["post_barong_resource_api_keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/api_keys/{kid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a key. It stops working within a second. */
        delete: operations["delete_barong_resource_api_keys_kid"];
        options?: never;
        head?: never;
        /** Change a key. What you do not send stays as it is. */
        patch: operations["patch_barong_resource_api_keys_kid"];
        trace?: never;
    };
    "/api/v2/barong/resource/service_accounts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your service accounts. */
        get: operations["get_barong_resource_service_accounts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/service_accounts/api_keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The API keys of one of your service accounts. */
        get: operations["get_barong_resource_service_accounts_api_keys"];
        put?: never;
        /** Make an API key for one of your service accounts, with your own second factor. */
        post: operations["post_barong_resource_service_accounts_api_keys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/service_accounts/api_keys/{kid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change a key of one of your service accounts. What you do not send stays as it is. */
        put: operations["put_barong_resource_service_accounts_api_keys_kid"];
        post?: never;
        /** Delete a key of one of your service accounts. */
        delete: operations["delete_barong_resource_service_accounts_api_keys_kid"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/captcha": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A challenge for one request of this kind.
         * @description Send `challenge:number` as its `captcha_response`, with a number for which the SHA-256 of that text begins with
         *     `difficulty` zero bits.
         */
        get: operations["get_barong_identity_captcha"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/identity/users/register_geetest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a widget of Geetest starts with, where an operator has plugged that captcha in.
         * @description 404 where the captcha is another one, as the built-in ones are: `captcha_type` of `configs` says which.
         */
        get: operations["get_barong_identity_users_register_geetest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/profiles/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your profiles, the newest last. */
        get: operations["get_barong_resource_profiles_me"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change your draft; with `confirm` hand it in. What is not sent stays as it is. */
        put: operations["put_barong_resource_profiles"];
        /**
         * Begin a profile; with `confirm` hand it in at once.
         * @description Only one at a time can be drafted or submitted; older ones stay as history.
         */
        post: operations["post_barong_resource_profiles"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/phones": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your phone numbers, verified or not. */
        get: operations["get_barong_resource_phones"];
        put?: never;
        /** Add a phone number; a code is sent to it. */
        post: operations["post_barong_resource_phones"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/phones/send_code": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a new code to a number that is not verified yet; the one before is worth nothing any more. */
        post: operations["post_barong_resource_phones_send_code"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/phones/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Verify a number by the code that was sent to it. Five wrong codes, and a new one must be asked for. */
        post: operations["post_barong_resource_phones_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Your documents, the newest last. */
        get: operations["get_barong_resource_documents"];
        put?: never;
        /**
         * Hand in a document, one or several pages or sides of it.
         * @description What a file is, its content says, not its name. Photos are stored as pixels alone, without the place and time that
         *     cameras note in them. PDFs with scripts, attachments or passwords are refused. The answer is 201.
         */
        post: operations["post_barong_resource_documents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Hand in a proof of where you live. The answer is 201. */
        post: operations["post_barong_resource_addresses"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/files/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download a file by a link that was made for you a moment ago; links are not made by hand. */
        get: operations["get_barong_public_files_key"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/resource/data_storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep something under a title, once. */
        post: operations["post_barong_resource_data_storage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/barong/public/kyc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * For the provider of KYC to tell what it found out. The answer is 200.
         * @description Signed: `X-Kyc-Timestamp` is the time in unix seconds, `X-Kyc-Signature` the hex HMAC-SHA256 of timestamp, a point
         *     and the body. 422 where staff reviews and there is no provider.
         */
        post: operations["post_barong_public_kyc"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * Currency
         * @description A coin, a token or a fiat currency.
         * @example {
         *       "id": "btc",
         *       "name": "Bitcoin",
         *       "description": null,
         *       "homepage": "https://bitcoin.org",
         *       "price": "20000.0",
         *       "type": "coin",
         *       "deposit_enabled": true,
         *       "withdrawal_enabled": true,
         *       "deposit_fee": "0.0",
         *       "min_deposit_amount": "0.0001",
         *       "withdraw_fee": "0.0001",
         *       "min_withdraw_amount": "0.0002",
         *       "withdraw_limit_24h": "0.0",
         *       "withdraw_limit_72h": "0.0",
         *       "base_factor": 100000000,
         *       "precision": 8,
         *       "position": 1,
         *       "min_confirmations": 3,
         *       "networks": [
         *         {
         *           "currency_id": "btc",
         *           "blockchain_key": "bitcoin",
         *           "name": "Bitcoin",
         *           "deposit_enabled": true,
         *           "withdrawal_enabled": true,
         *           "deposit_fee": "0.0",
         *           "min_deposit_amount": "0.0001",
         *           "withdraw_fee": "0.0001",
         *           "min_withdraw_amount": "0.0002",
         *           "base_factor": 100000000,
         *           "min_confirmations": 3,
         *           "deposit_depths": [
         *             {
         *               "from_amount": "0.0",
         *               "credit_confirmations": 1,
         *               "withdrawable_confirmations": 3
         *             },
         *             {
         *               "from_amount": "10.0",
         *               "credit_confirmations": 3,
         *               "withdrawable_confirmations": 6
         *             }
         *           ]
         *         }
         *       ]
         *     }
         */
        Currency: {
            /** @description The code, in lower case. */
            id: string;
            name: string;
            description: string | null;
            homepage: string | null;
            /**
             * @description Value in the platform's currency.
             * @example 0.002
             */
            price: string;
            /** @enum {string} */
            type: "coin" | "fiat";
            deposit_enabled: boolean;
            withdrawal_enabled: boolean;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            deposit_fee: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            min_deposit_amount: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            withdraw_fee: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            min_withdraw_amount: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            withdraw_limit_24h: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            withdraw_limit_72h: string;
            /** @description Smallest chain units in one. */
            base_factor: number;
            precision: number;
            position: number;
            /** @description Where it moves; the first stands for all. */
            networks: components["schemas"]["CurrencyNetwork"][];
            icon_url?: string;
            /** @description Of a token: the coin of its chain. */
            parent_id?: string;
            explorer_transaction?: string;
            explorer_address?: string;
            min_confirmations?: number;
        };
        /**
         * CurrencyNetwork
         * @description A currency on one network: what moves there, from which amount on, and what it costs.
         * @example {
         *       "currency_id": "btc",
         *       "blockchain_key": "bitcoin",
         *       "name": "Bitcoin",
         *       "deposit_enabled": true,
         *       "withdrawal_enabled": true,
         *       "deposit_fee": "0.0",
         *       "min_deposit_amount": "0.0001",
         *       "withdraw_fee": "0.0001",
         *       "min_withdraw_amount": "0.0002",
         *       "base_factor": 100000000,
         *       "min_confirmations": 3,
         *       "deposit_depths": [
         *         {
         *           "from_amount": "0.0",
         *           "credit_confirmations": 1,
         *           "withdrawable_confirmations": 3
         *         },
         *         {
         *           "from_amount": "10.0",
         *           "credit_confirmations": 3,
         *           "withdrawable_confirmations": 6
         *         }
         *       ]
         *     }
         */
        CurrencyNetwork: {
            currency_id: string;
            /** @description null: a fiat currency moves on no blockchain. */
            blockchain_key: string | null;
            deposit_enabled: boolean;
            withdrawal_enabled: boolean;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            deposit_fee: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            min_deposit_amount: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            withdraw_fee: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            min_withdraw_amount: string;
            base_factor: number;
            /** @description Of the network, for people. */
            name?: string;
            /** @example ERC20 */
            protocol?: string;
            description?: string;
            /** @description What to know before using it. */
            warning?: string;
            parent_id?: string;
            explorer_transaction?: string;
            explorer_address?: string;
            min_confirmations?: number;
            /** @description The smallest amount first; the last that fits counts. */
            deposit_depths?: components["schemas"]["DepositDepth"][];
        };
        /**
         * DepositDepth
         * @description How many confirmations a deposit waits for.
         */
        DepositDepth: {
            /**
             * @description Of this amount or more.
             * @example 0.002
             */
            from_amount: string;
            /** @description Until it is credited. */
            credit_confirmations: number;
            /** @description Until it can be withdrawn. */
            withdrawable_confirmations: number;
        };
        /**
         * Market
         * @description A pair of currencies that can be traded.
         * @example {
         *       "id": "btcusd",
         *       "name": "BTC/USD",
         *       "base_unit": "btc",
         *       "quote_unit": "usd",
         *       "min_price": "0.01",
         *       "max_price": "0.0",
         *       "min_amount": "0.0001",
         *       "amount_precision": 6,
         *       "price_precision": 2,
         *       "state": "enabled"
         *     }
         */
        Market: {
            id: string;
            /** @example BTC/USD */
            name: string;
            base_unit: string;
            quote_unit: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            min_price: string;
            /**
             * @description 0.0 is unlimited.
             * @example 0.002
             */
            max_price: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            min_amount: string;
            amount_precision: number;
            price_precision: number;
            /** @example enabled */
            state: string;
        };
        /**
         * OrderBook
         * @description The orders that stand in the book, best price first, then oldest.
         */
        OrderBook: {
            asks: components["schemas"]["BookOrder"][];
            bids: components["schemas"]["BookOrder"][];
        };
        /**
         * BookOrder
         * @description An order in the public book. `id`, `uuid` and the fees are always null: whose order it is stays private.
         * @example {
         *       "side": "buy",
         *       "ord_type": "limit",
         *       "price": "20000.5",
         *       "state": "wait",
         *       "market": "btcusd",
         *       "id": null,
         *       "uuid": null,
         *       "avg_price": "0.0",
         *       "created_at": "2021-05-12T10:00:00Z",
         *       "updated_at": "2021-05-12T10:00:00Z",
         *       "origin_volume": "0.1",
         *       "remaining_volume": "0.1",
         *       "executed_volume": "0.0",
         *       "maker_fee": null,
         *       "taker_fee": null,
         *       "trades_count": 0
         *     }
         */
        BookOrder: {
            id: null;
            uuid: null;
            side: string;
            ord_type: string;
            price: string | null;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            avg_price: string;
            state: string;
            market: string;
            created_at: string;
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
            maker_fee: null;
            taker_fee: null;
            trades_count: number;
        };
        /**
         * Depth
         * @description What is offered, by price level, both sides best first.
         */
        Depth: {
            /** @description Unix time in seconds. */
            timestamp: number;
            asks: string[][];
            bids: string[][];
        };
        /**
         * PublicTrade
         * @description A trade as everyone may see it.
         * @example {
         *       "id": 318,
         *       "price": 20000.5,
         *       "amount": 0.04,
         *       "total": 800.02,
         *       "market": "btcusd",
         *       "created_at": 1620813607,
         *       "taker_type": "sell"
         *     }
         */
        PublicTrade: {
            id: number;
            /** @example 0.002 */
            price: number;
            /** @example 0.002 */
            amount: number;
            /** @example 0.002 */
            total: number;
            market: string;
            /** @description Unix time in seconds. */
            created_at: number;
            /** @enum {string} */
            taker_type: "buy" | "sell";
        };
        /**
         * Ticker
         * @example {
         *       "at": 1620813600,
         *       "ticker": {
         *         "at": "1620813600",
         *         "avg_price": "19950.33",
         *         "high": "20120.0",
         *         "last": "20000.5",
         *         "low": "19800.0",
         *         "open": "19840.0",
         *         "price_change_percent": "+0.81%",
         *         "volume": "251374.2",
         *         "amount": "12.6",
         *         "vol": "251374.2"
         *       }
         *     }
         */
        Ticker: {
            /** @description Unix time in seconds. */
            at: number;
            ticker: components["schemas"]["TickerEntry"];
        };
        /**
         * TickerEntry
         * @description The last 24 hours. Everything is text; without trades it is "0.0", except `last`, the latest price ever.
         * @example {
         *       "at": "1620813600",
         *       "avg_price": "19950.33",
         *       "high": "20120.0",
         *       "last": "20000.5",
         *       "low": "19800.0",
         *       "open": "19840.0",
         *       "price_change_percent": "+0.81%",
         *       "volume": "251374.2",
         *       "amount": "12.6",
         *       "vol": "251374.2"
         *     }
         */
        TickerEntry: {
            /**
             * @description Unix time in seconds, as text.
             * @example 1620813600
             */
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
            /**
             * @description The same as `volume`.
             * @example 0.002
             */
            vol: string;
        };
        /**
         * TradingFee
         * @description What a member group pays on a market; `any` stands for all. The most specific row counts.
         * @example {
         *       "id": 2,
         *       "group": "vip-0",
         *       "market_id": "any",
         *       "maker": "0.001",
         *       "taker": "0.002",
         *       "created_at": "2021-05-01T00:00:00Z",
         *       "updated_at": "2021-05-01T00:00:00Z"
         *     }
         */
        TradingFee: {
            id: number;
            group: string;
            market_id: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            maker: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            taker: string;
            created_at: string | null;
            updated_at: string | null;
        };
        /**
         * WithdrawLimit
         * @description How much may be withdrawn, in the platform's currency.
         */
        WithdrawLimit: {
            id: number;
            group: string;
            kyc_level: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            limit_24_hour: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            limit_1_month: string;
            created_at: string | null;
            updated_at: string | null;
        };
        /**
         * MemberLevels
         * @description The verification level that each kind of action needs.
         */
        MemberLevels: {
            deposit: components["schemas"]["MinimumLevel"];
            withdraw: components["schemas"]["MinimumLevel"];
            trading: components["schemas"]["MinimumLevel"];
        };
        /** MinimumLevel */
        MinimumLevel: {
            minimum_level: number;
        };
        /**
         * Config
         * @description What can be held and traded here, and by which rules.
         */
        Config: {
            currencies: components["schemas"]["Currency"][];
            markets: components["schemas"]["Market"][];
            trading_fees: components["schemas"]["TradingFee"][];
            withdraw_limits: components["schemas"]["WithdrawLimit"][];
        };
        /** Version */
        Version: {
            git_tag: string;
            git_sha: string;
            build_date: string;
            version: string;
        };
        /**
         * Health
         * @description `components` says of each part whether it works, and what was found.
         * @example {
         *       "status": "ready",
         *       "components": {
         *         "database": "ok",
         *         "engine": "ok",
         *         "projections": "ok"
         *       }
         *     }
         */
        Health: {
            /** @enum {string} */
            status: "alive" | "ready" | "not_ready";
            /** @default {} */
            components: {
                [key: string]: string;
            };
        };
        /**
         * Account
         * @description A member's money in one currency.
         * @example {
         *       "currency": "btc",
         *       "balance": "1.25",
         *       "locked": "0.1",
         *       "deposit_address": null
         *     }
         */
        Account: {
            currency: string;
            /**
             * @description Available.
             * @example 0.002
             */
            balance: string;
            /**
             * @description Held for open orders and withdrawals.
             * @example 0.002
             */
            locked: string;
            /** @description Of coins: the address on the first network; null until it was asked for. */
            deposit_address?: components["schemas"]["PaymentAddress"] | null;
        };
        /**
         * PaymentAddress
         * @description Where a member sends coins; tokens share the address of their network.
         */
        PaymentAddress: {
            /** @description What may be sent to it. */
            currencies: string[];
            address: string;
            /** @enum {string} */
            state: "active" | "disabled" | "retired";
            /** @description The network; the same coins elsewhere are lost. */
            blockchain_key: string;
        };
        /**
         * BeneficiaryEntity
         * @description Where withdrawals can go.
         */
        BeneficiaryEntity: {
            id: number;
            currency: string;
            uid: string;
            name: string;
            description: string | null;
            /** @description Of a coin the address; of fiat the account, its number masked. */
            data: Record<string, never>;
            /** @description `pending` until its PIN was typed in, then `active`. */
            state: string;
            /**
             * Format: date-time
             * @description When the last PIN was mailed.
             * @example 2021-05-12T10:00:00Z
             */
            sent_at: string;
            /** @description The network; null for fiat. */
            blockchain_key: string | null;
            /** @description From when on it can be paid to; null if pending. */
            usable_from: string | null;
            /** @description It is a deposit address of another member here: a transfer costs nothing. */
            internal: boolean;
        };
        /**
         * WithdrawEntity
         * @description `amount` is what leaves the balance; what arrives is `amount` without `fee`.
         */
        WithdrawEntity: {
            id: number;
            currency: string;
            /** @description `coin` or `fiat`. */
            type: string;
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
            /** @description The address, or of fiat the beneficiary's reference. */
            rid: string;
            state: string;
            /** @description Of coins: blocks that hold the payment. */
            confirmations: number;
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
            tid: string;
            /** @description The network; null for fiat. */
            blockchain_key: string | null;
            beneficiary_id: number;
            client_withdrawal_id: string | null;
            /** @description Why it ended without being paid, where it did. */
            reason: string | null;
        };
        /**
         * Sums
         * @description In the platform currency; transfers to other members count too.
         */
        Sums: {
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            last_24_hours: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            last_1_month: string;
            /** @description What you may; null is no limit. */
            limit_24_hours: string | null;
            /** @description What you may; null is no limit. */
            limit_1_month: string | null;
        };
        /** WithdrawSettings */
        WithdrawSettings: {
            /** @description New addresses need a second factor beside their PIN, and wait a day before they can be used. */
            allow_list: boolean;
        };
        /**
         * InternalTransferEntity
         * @description Names are empty where a member has none.
         */
        InternalTransferEntity: {
            id: number;
            currency: string;
            sender_username: string | null;
            receiver_username: string | null;
            sender_uid: string;
            receiver_uid: string;
            /** @description `in` or `out`, as the asking member sees it. */
            direction: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            amount: string;
            status: string;
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
            tid: string;
            /** @description The sender's own id; the sender sees it. */
            client_transfer_id: string | null;
        };
        /**
         * PnlEntity
         * @description One currency counted in another. Everything that came is a credit, everything that went a debit.
         */
        PnlEntity: {
            currency: string;
            /** @description What values and prices are in. */
            pnl_currency: string;
            /**
             * @description What came, after fees.
             * @example 0.002
             */
            total_credit: string;
            /**
             * @description What went, without the fees of withdrawals.
             * @example 0.002
             */
            total_debit: string;
            /**
             * @description Its value, each time as of then.
             * @example 0.002
             */
            total_credit_value: string;
            /**
             * @description Its value, each time as of then.
             * @example 0.002
             */
            total_debit_value: string;
            /**
             * @description `total_credit_value` / `total_credit`.
             * @example 0.002
             */
            average_buy_price: string;
            /**
             * @description `total_debit_value` / `total_debit`.
             * @example 0.002
             */
            average_sell_price: string;
            /**
             * @description What is there has cost so much apiece.
             * @example 0.002
             */
            average_balance_price: string;
            /**
             * @description What is there has cost so much.
             * @example 0.002
             */
            total_balance_value: string;
        };
        /**
         * TransactionEntity
         * @description Of a withdrawal, `amount` is what leaves the balance.
         */
        TransactionEntity: {
            address: string | null;
            currency: string;
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
            txid: string | null;
            state: string;
            note: string | null;
            /** @description Of coins. */
            confirmations: number;
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
            /** @description `Deposit` or `Withdraw`. */
            type: string;
            tid: string;
            blockchain_key: string | null;
        };
        /**
         * DepositEntity
         * @description `amount` is what is added to the balance, without `fee`.
         */
        DepositEntity: {
            id: number;
            currency: string;
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
            txid: string | null;
            /** @description Of coins: blocks that hold the payment. */
            confirmations: number;
            state: string;
            /** @description `crypto`, or how a bank has sent it. */
            transfer_type: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            created_at: string;
            /** @description When it was first credited. */
            completed_at: string | null;
            tid: string;
            /** @description The network; null for fiat. */
            blockchain_key: string | null;
            /** @description What was paid; null for fiat. */
            address: string | null;
            /** @description Of coins: at so many confirmations it can be traded with. */
            credit_confirmations: number;
            /** @description Of coins: at so many confirmations it can be withdrawn. */
            withdrawable_confirmations: number;
        };
        /**
         * FaucetOffer
         * @description What one request gives.
         */
        FaucetOffer: {
            currency: string;
            blockchain_key: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            amount: string;
        };
        /**
         * FaucetGift
         * @description Coins on their way to your deposit address.
         */
        FaucetGift: {
            currency: string;
            blockchain_key: string;
            /**
             * @description An exact decimal.
             * @example 0.002
             */
            amount: string;
            address: string;
            /** @description The transaction; the deposit follows with its next block. */
            txid: string;
        };
        /**
         * Myself
         * @description The member that asks.
         */
        Myself: {
            uid: string;
            /** @description null for a service account without one. */
            email: string | null;
            level: number;
            role: string;
            accounts: components["schemas"]["Account"][];
        };
        /**
         * Order
         * @description A member's order. The fields after `trades_count` are additions to the dialect.
         * @example {
         *       "id": 1207,
         *       "uuid": "01796004-d500-7000-8000-0000000004b7",
         *       "side": "buy",
         *       "ord_type": "limit",
         *       "price": "20000.5",
         *       "avg_price": "20000.5",
         *       "state": "wait",
         *       "market": "btcusd",
         *       "created_at": "2021-05-12T10:00:00Z",
         *       "updated_at": "2021-05-12T10:00:07Z",
         *       "origin_volume": "0.1",
         *       "remaining_volume": "0.06",
         *       "executed_volume": "0.04",
         *       "maker_fee": "0.001",
         *       "taker_fee": "0.002",
         *       "trades_count": 1,
         *       "client_order_id": "bot-7-000123",
         *       "time_in_force": "gtc",
         *       "post_only": false,
         *       "stp": "cancel_newest",
         *       "executed_quote": "800.02",
         *       "cancel_reason": null
         *     }
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
        /**
         * Trade
         * @description A member's half of a trade.
         * @example {
         *       "id": 318,
         *       "price": "20000.5",
         *       "amount": "0.04",
         *       "total": "800.02",
         *       "fee_currency": "btc",
         *       "fee": "0.001",
         *       "fee_amount": "0.00004",
         *       "market": "btcusd",
         *       "created_at": "2021-05-12T10:00:07Z",
         *       "taker_type": "sell",
         *       "side": "buy",
         *       "order_id": 1207
         *     }
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
         * ItemOutcome
         * @description What became of one item: `order` where the status is 201, else `errors`.
         * @example {
         *       "status": 422,
         *       "errors": [
         *         "market.account.insufficient_balance"
         *       ]
         *     }
         */
        ItemOutcome: {
            status: number;
            /** @default null */
            order: components["schemas"]["Order"] | null;
            /** @default [] */
            errors: string[];
        };
        /**
         * JsonWebKeys
         * @description A set of JSON web keys (RFC 7517).
         */
        JsonWebKeys: {
            /** @description `kid`, `kty`, `alg`, `use` and the public key. */
            keys: Record<string, never>[];
        };
        /** Ping */
        Ping: {
            ping: string;
        };
        /**
         * ServerTime
         * @description The server's time, ISO 8601 in UTC.
         */
        ServerTime: {
            time: string;
        };
        /**
         * Configs
         * @description What a front-end must know before it shows a form.
         */
        Configs: {
            /** @description Seconds without use after which a session ends. */
            session_expire_time: number;
            /** @description As existing front-ends know it; none: see /captcha. */
            captcha_type: string;
            captcha_id: string | null;
            phone_verification_type: string;
            /** @description Bits that a password must have. */
            password_min_entropy: number;
            /** @description What a password must match besides. */
            password_regexp: string;
        };
        /**
         * FullUser
         * @description An account as its owner sees it.
         */
        FullUser: {
            email: string;
            username: string | null;
            uid: string;
            role: string;
            /** @description How far it is verified: 0 to 3. */
            level: number;
            /** @description Whether an authenticator app is on. */
            otp: boolean;
            /** @description pending, active, locked, banned or deleted. */
            state: string;
            referral_uid: string | null;
            /** @description JSON as text, as the front-end wrote it. */
            data: string | null;
            /** @description Where a session was opened: what X-CSRF-Token must say. Null elsewhere. */
            csrf_token: string | null;
            labels: components["schemas"]["LabelEntity"][];
            phones: components["schemas"]["PhoneEntity"][];
            profiles: components["schemas"]["ProfileEntity"][];
            data_storages: components["schemas"]["DataStorageEntity"][];
            created_at: string;
            updated_at: string;
        };
        /**
         * LabelEntity
         * @description Something that is known about a user: private ones are ours, public ones the user's own.
         */
        LabelEntity: {
            key: string;
            value: string;
            /** @description public or private. */
            scope: string;
            created_at: string;
            updated_at: string;
        };
        /**
         * PhoneEntity
         * @description A phone number.
         */
        PhoneEntity: {
            country: string;
            /** @description To members only its country code and last four digits. */
            number: string;
            validated_at: string | null;
        };
        /**
         * ProfileEntity
         * @description Who a member is. `metadata` is JSON as text.
         */
        ProfileEntity: {
            first_name: string | null;
            /** @description To members only its first letter. */
            last_name: string | null;
            /** @description Date of birth; to members without its day. */
            dob: string | null;
            address: string | null;
            postcode: string | null;
            city: string | null;
            /** @description ISO 3166 alpha-2. */
            country: string | null;
            /** @description drafted, submitted, verified or rejected. */
            state: string;
            metadata: string | null;
            created_at: string;
            updated_at: string;
        };
        /**
         * DataStorageEntity
         * @description What a member keeps here. `data` is JSON as text.
         */
        DataStorageEntity: {
            title: string;
            data: string;
            created_at: string;
            updated_at: string;
        };
        /**
         * Entropy
         * @description Bits: how hard the password is to guess.
         */
        Entropy: {
            entropy: number;
        };
        /**
         * DeviceEntity
         * @description A session that is open.
         */
        DeviceEntity: {
            id: number;
            user_ip: string;
            /** @description ISO 3166 alpha-2, empty where it is not known. */
            user_ip_country: string;
            user_agent: string;
            /** @description What it was opened with: password, totp, passkey, … */
            factor: string;
            /** @description Whether this is the one that asks. */
            current: boolean;
            created_at: string;
            /** @description To the minute. */
            last_used_at: string;
            expires_at: string;
        };
        /**
         * Auth0Configs
         * @description What the provider's own library is started with; both empty where there is no provider.
         */
        Auth0Configs: {
            auth0_domain: string;
            auth0_client_id: string;
        };
        /**
         * ExternalIdentityEntity
         * @description An identity at a provider that may log in to the account.
         */
        ExternalIdentityEntity: {
            id: number;
            issuer: string;
            /** @description What the provider calls its owner. */
            subject: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            created_at: string;
        };
        /**
         * ActivityEntity
         * @description Something that was done with an account.
         */
        ActivityEntity: {
            id: number;
            user_ip: string;
            /** @description ISO 3166 alpha-2, empty where it is not known. */
            user_ip_country: string;
            user_agent: string;
            topic: string;
            action: string;
            /** @description succeed, failed or denied. */
            result: string;
            /** @description JSON as text. */
            data: string | null;
            created_at: string;
        };
        /** GeneratedQrCode */
        GeneratedQrCode: {
            data: components["schemas"]["QrCode"];
        };
        /**
         * QrCode
         * @description `barcode` is a base64 PNG of `url`, which holds the secret for who cannot scan it.
         */
        QrCode: {
            barcode: string;
            url: string;
        };
        /**
         * RecoveryCodes
         * @description Shown this once. Empty when the account has some already.
         */
        RecoveryCodes: {
            recovery_codes: string[];
        };
        /** FactorsEntity */
        FactorsEntity: {
            totp: boolean;
            passkeys: components["schemas"]["PasskeyEntity"][];
            recovery_codes_left: number;
        };
        /**
         * PasskeyEntity
         * @description `state` is `flagged` when two devices signed with it: it proves nothing any more.
         */
        PasskeyEntity: {
            id: number;
            label: string;
            state: string;
            aaguid: string;
            transports: string[];
            backed_up: boolean;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            created_at: string;
            last_used_at: string | null;
        };
        /**
         * ApprovalEntity
         * @description `approval` goes into the field of that name of the action's own request.
         */
        ApprovalEntity: {
            approval: string;
            /**
             * Format: date-time
             * @example 2021-05-12T10:00:00Z
             */
            expires_at: string;
        };
        /** NewPasskeyEntity */
        NewPasskeyEntity: {
            passkey: components["schemas"]["PasskeyEntity"];
            recovery_codes: string[];
        };
        /**
         * ApiKeyEntity
         * @description `secret` is there in the answer that makes an HS256 key, and never again.
         */
        ApiKeyEntity: {
            kid: string;
            algorithm: string;
            scope: string[];
            state: string;
            label: string;
            ip_allow_list: string[];
            legacy_signature: boolean;
            expires_at: string | null;
            last_used_at: string | null;
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
            public_key?: string;
            secret?: string;
        };
        /**
         * ServiceAccountEntity
         * @description An account of a program of yours. It logs in nowhere; its keys act for it.
         */
        ServiceAccountEntity: {
            id: number;
            uid: string;
            owner_id: number;
            email: string;
            role: string;
            level: number;
            state: string;
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
        };
        /**
         * CaptchaChallenge
         * @description A challenge, or only `type` `none` where there is nothing to solve.
         */
        CaptchaChallenge: {
            /** @description `pow` or `none`. */
            type: string;
            /** @description `sha-256`. */
            algorithm?: string;
            /** @description To be hashed with `:` and a number. */
            challenge?: string;
            /** @description Leading zero bits that the hash needs. */
            difficulty?: number;
            /** @description Unix seconds. */
            expires_at?: number;
        };
        /**
         * CaptchaRegistration
         * @description What a widget of Geetest starts with.
         */
        CaptchaRegistration: {
            gt: string;
            challenge: string;
        };
        /**
         * Message
         * @description What was done, in words.
         */
        Message: {
            /** @example Code was sent successfully */
            message: string;
        };
        /**
         * DocumentEntity
         * @description A document that was handed in.
         */
        DocumentEntity: {
            id: number;
            /** @description Downloads the file, for a minute. */
            upload: string;
            doc_type: string;
            /** @description To members only its first and last two characters. */
            doc_number: string;
            doc_expire: string | null;
            doc_issue: string | null;
            doc_category: string | null;
            /** @description The same for what was handed in together. */
            identificator: string | null;
            metadata: string | null;
            /** @description pending, verified or rejected. */
            state: string;
            /** @description Why it was rejected. */
            reason: string | null;
            created_at: string;
            updated_at: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    get_public_currencies: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Only coins or only fiat. */
                type?: "fiat" | "coin";
                /** @description Currencies whose code and name contain these. */
                search?: string;
                /** @description `code` of search, on its own. */
                "search[code]"?: string;
                /** @description `name` of search, on its own. */
                "search[name]"?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Currency"][];
                };
            };
        };
    };
    get_public_currencies_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The code, in upper or lower case. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Currency"];
                };
            };
        };
    };
    get_public_markets: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Ascending or descending. */
                ordering?: "asc" | "desc";
                /** @description What to sort by. */
                order_by?: "id" | "position";
                /** @description Only markets of this base. */
                base_unit?: string;
                /** @description Only markets of this quote. */
                quote_unit?: string;
                /** @description Markets whose currencies' codes and names contain these. */
                search?: string;
                /** @description `base_code` of search, on its own. */
                "search[base_code]"?: string;
                /** @description `quote_code` of search, on its own. */
                "search[quote_code]"?: string;
                /** @description `base_name` of search, on its own. */
                "search[base_name]"?: string;
                /** @description `quote_name` of search, on its own. */
                "search[quote_name]"?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Market"][];
                };
            };
        };
    };
    get_public_markets_market_order_book: {
        parameters: {
            query?: {
                /** @description How many asks. */
                asks_limit?: number;
                /** @description How many bids. */
                bids_limit?: number;
            };
            header?: never;
            path: {
                /** @description The market's id, such as btcusd. */
                market: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderBook"];
                };
            };
        };
    };
    get_public_markets_market_depth: {
        parameters: {
            query?: {
                /** @description How many levels a side. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The market's id, such as btcusd. */
                market: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Depth"];
                };
            };
        };
    };
    get_public_markets_market_trades: {
        parameters: {
            query?: {
                /** @description How many trades. */
                limit?: number;
                /** @description Checked but without effect, as always in this dialect. */
                timestamp?: number;
                /** @description Checked but without effect: the newest trade comes first, as always in this dialect. */
                order_by?: "asc" | "desc";
            };
            header?: never;
            path: {
                /** @description The market's id, such as btcusd. */
                market: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublicTrade"][];
                };
            };
        };
    };
    get_public_markets_market_k_line: {
        parameters: {
            query?: {
                /** @description Length of a candle in minutes. */
                period?: 1 | 5 | 15 | 30 | 60 | 120 | 240 | 360 | 720 | 1440 | 4320 | 10080;
                /** @description Candles from here on, unix seconds. Without `time_to` the first `limit` of them. */
                time_from?: number;
                /** @description Candles up to here, unix seconds. With `time_from`, `limit` does not count. */
                time_to?: number;
                /** @description How many candles at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The market's id, such as btcusd. */
                market: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": number[][];
                };
            };
        };
    };
    get_public_markets_tickers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["Ticker"];
                    };
                };
            };
        };
    };
    get_public_markets_market_tickers: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The market's id, such as btcusd. */
                market: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ticker"];
                };
            };
        };
    };
    get_public_trading_fees: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Only rows of this member group. */
                group?: string;
                /** @description Only rows of this market, or of `any`. */
                market_id?: string;
                /** @description Ascending or descending. */
                ordering?: "asc" | "desc";
                /** @description What to sort by. */
                order_by?: "id" | "group" | "market_id" | "maker" | "taker";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TradingFee"][];
                };
            };
        };
    };
    get_public_withdraw_limits: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Only rows of this member group. */
                group?: string;
                /** @description Only rows of this level. */
                kyc_level?: string;
                /** @description Ascending or descending. */
                ordering?: "asc" | "desc";
                /** @description What to sort by. */
                order_by?: "id" | "group" | "kyc_level" | "limit_24_hour" | "limit_1_month";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawLimit"][];
                };
            };
        };
    };
    get_public_member_levels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MemberLevels"];
                };
            };
        };
    };
    get_public_config: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Config"];
                };
            };
        };
    };
    get_public_timestamp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example 2021-05-12T10:00:00Z */
                    "application/json": string;
                };
            };
        };
    };
    get_public_version: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    post_public_webhooks_adapter_event: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of a wallet adapter. */
                adapter: string;
                /** @description deposit, withdraw, deposit_address or generic. */
                event: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: never;
    };
    get_public_health_alive: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    get_public_health_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    get_account_balances: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Only accounts that hold something. */
                nonzero?: boolean;
                /** @description Accounts whose currency's code and name contain these. */
                search?: string;
                /** @description `currency_code` of search, on its own. */
                "search[currency_code]"?: string;
                /** @description `currency_name` of search, on its own. */
                "search[currency_name]"?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"][];
                };
            };
        };
    };
    get_account_balances_currency: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The code, in upper or lower case. */
                currency: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Account"];
                };
            };
        };
    };
    get_account_beneficiaries: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Only entries of this currency. */
                currency?: string;
                /** @description Only entries on this network. */
                blockchain_key?: string;
                /** @description Only entries in this state. */
                state?: "pending" | "active";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BeneficiaryEntity"][];
                };
            };
        };
    };
    post_account_beneficiaries: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The code. */
                    currency: string;
                    /** @description The network, where the coin moves on several. */
                    blockchain_key?: string;
                    /** @description What you call it. */
                    name: string;
                    description?: string;
                    /** @description As an object or as JSON in a text. Of a coin: `address`. Of fiat: `full_name`, and whatever the bank needs, such as `account_number` and `bank_swift_code`. */
                    data: Record<string, never> | string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description The code. */
                    currency: string;
                    /** @description The network, where the coin moves on several. */
                    blockchain_key?: string;
                    /** @description What you call it. */
                    name: string;
                    description?: string;
                    /** @description As an object or as JSON in a text. Of a coin: `address`. Of fiat: `full_name`, and whatever the bank needs, such as `account_number` and `bank_swift_code`. */
                    data: Record<string, never> | string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BeneficiaryEntity"];
                };
            };
        };
    };
    get_account_beneficiaries_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The entry's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BeneficiaryEntity"];
                };
            };
        };
    };
    delete_account_beneficiaries_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The entry's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_account_beneficiaries_id_activate: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The entry's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The six digits that were mailed. */
                    pin: number | string;
                    /** @description The code that the authenticator app shows; a number may lack its leading zeros. */
                    otp?: number | string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description The six digits that were mailed. */
                    pin: number | string;
                    /** @description The code that the authenticator app shows; a number may lack its leading zeros. */
                    otp?: number | string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BeneficiaryEntity"];
                };
            };
        };
    };
    patch_account_beneficiaries_id_resend_pin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The entry's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_account_withdraws: {
        parameters: {
            query?: {
                /** @description Only withdrawals of this currency. */
                currency?: string;
                /** @description Only withdrawals on this network. */
                blockchain_key?: string;
                /** @description Rows on a page. */
                limit?: number;
                /** @description Only withdrawals in this state, or in these. */
                state?: ("prepared" | "canceled" | "accepted" | "skipped" | "to_reject" | "rejected" | "processing" | "succeed" | "failed" | "errored" | "confirming" | "under_review")[];
                /** @description Only withdrawals to this address. */
                rid?: string;
                /** @description Which page. */
                page?: number;
                /** @description Only what was asked for at or after this time. */
                time_from?: number;
                /** @description Only what was asked for before this time. */
                time_to?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawEntity"][];
                };
            };
        };
    };
    post_account_withdraws: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The code that the authenticator app shows; a number may lack its leading zeros. */
                    otp?: number | string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                    /** @description An active entry of your address book. */
                    beneficiary_id: number | string;
                    /** @description The code; it must be the entry's. */
                    currency: string;
                    /** @description What leaves your balance, the fee included. */
                    amount: string | number;
                    note?: string;
                    /** @description The network; where it is given it must be the entry's. */
                    blockchain_key?: string;
                    /** @description Your own id: sent again it has no further effect. Passkeys and approvals need one. */
                    client_withdrawal_id?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description The code that the authenticator app shows; a number may lack its leading zeros. */
                    otp?: number | string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                    /** @description An active entry of your address book. */
                    beneficiary_id: number | string;
                    /** @description The code; it must be the entry's. */
                    currency: string;
                    /** @description What leaves your balance, the fee included. */
                    amount: string | number;
                    note?: string;
                    /** @description The network; where it is given it must be the entry's. */
                    blockchain_key?: string;
                    /** @description Your own id: sent again it has no further effect. Passkeys and approvals need one. */
                    client_withdrawal_id?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawEntity"];
                };
            };
        };
    };
    post_account_withdraws_id_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The withdrawal's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawEntity"];
                };
            };
        };
    };
    get_account_withdraws_sums: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sums"];
                };
            };
        };
    };
    get_account_withdraws_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The withdrawal's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawEntity"];
                };
            };
        };
    };
    get_account_withdraw_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawSettings"];
                };
            };
        };
    };
    put_account_withdraw_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    allow_list: boolean;
                    /** @description The code that the authenticator app shows; a number may lack its leading zeros. */
                    otp?: number | string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    allow_list: boolean;
                    /** @description The code that the authenticator app shows; a number may lack its leading zeros. */
                    otp?: number | string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WithdrawSettings"];
                };
            };
        };
    };
    get_account_internal_transfers: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Only transfers of this currency. */
                currency?: string;
                /** @description Only transfers in this state. */
                state?: ("requested" | "completed" | "rejected")[];
                /** @description Only what you sent, or got. */
                sender?: "true" | "false" | "in" | "out";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InternalTransferEntity"][];
                };
            };
        };
    };
    post_account_internal_transfers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The code that the authenticator app shows; a number may lack its leading zeros. */
                    otp?: number | string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                    /** @description The code. */
                    currency: string;
                    amount: string | number;
                    /** @description Who gets it. */
                    username_or_uid: string;
                    /** @description Your own id: sent again it has no further effect. Passkeys and approvals need one. */
                    client_transfer_id?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description The code that the authenticator app shows; a number may lack its leading zeros. */
                    otp?: number | string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                    /** @description The code. */
                    currency: string;
                    amount: string | number;
                    /** @description Who gets it. */
                    username_or_uid: string;
                    /** @description Your own id: sent again it has no further effect. Passkeys and approvals need one. */
                    client_transfer_id?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InternalTransferEntity"];
                };
            };
        };
    };
    get_account_stats_pnl: {
        parameters: {
            query?: {
                /** @description Only what is counted in this currency, in upper or lower case. */
                pnl_currency?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PnlEntity"][];
                };
            };
        };
    };
    get_account_transactions: {
        parameters: {
            query?: {
                /** @description Only those of this currency. */
                currency?: string;
                /** @description Oldest or newest first. */
                order_by?: "asc" | "desc";
                /** @description Only what began at or after this time. */
                time_from?: number;
                /** @description Only what began before this time. */
                time_to?: number;
                /** @description Only deposits in these states. */
                deposit_state?: ("submitted" | "canceled" | "rejected" | "accepted" | "collected" | "skipped" | "processing" | "fee_processing" | "fee_collected" | "fee_collecting" | "errored" | "refunding" | "aml_processing" | "aml_suspicious")[];
                /** @description Only withdrawals in these states. */
                withdraw_state?: ("prepared" | "canceled" | "accepted" | "skipped" | "to_reject" | "rejected" | "processing" | "succeed" | "failed" | "errored" | "confirming" | "under_review")[];
                /** @description Only those of this transaction. */
                txid?: string;
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TransactionEntity"][];
                };
            };
        };
    };
    get_account_deposits: {
        parameters: {
            query?: {
                /** @description Only deposits of this currency. */
                currency?: string;
                /** @description Only deposits in this state, or in these. */
                state?: ("submitted" | "canceled" | "rejected" | "accepted" | "collected" | "skipped" | "processing" | "fee_processing" | "fee_collected" | "fee_collecting" | "errored" | "refunding" | "aml_processing" | "aml_suspicious")[];
                /** @description Only those of this transaction. */
                txid?: string;
                /** @description Only deposits on this network. */
                blockchain_key?: string;
                /** @description Only those found at or after this time. */
                time_from?: number;
                /** @description Only those found before this time. */
                time_to?: number;
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DepositEntity"][];
                };
            };
        };
    };
    get_account_deposits_txid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The transaction's id; where it pays you more than once, the newest deposit. */
                txid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DepositEntity"];
                };
            };
        };
    };
    get_account_deposit_address_currency: {
        parameters: {
            query?: {
                /** @description The network to send on; without it the coin's first one. */
                blockchain_key?: string;
                /** @description How to write the address, on chains that have two ways. */
                address_format?: "legacy" | "cash";
            };
            header?: never;
            path: {
                /** @description The code of a coin, in upper or lower case. */
                currency: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PaymentAddress"];
                };
            };
        };
    };
    get_account_faucet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaucetOffer"][];
                };
            };
        };
    };
    post_account_faucet: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    currency: string;
                    /** @description Needed where several chains give it. */
                    blockchain_key?: string | null;
                };
                "application/x-www-form-urlencoded": {
                    currency: string;
                    /** @description Needed where several chains give it. */
                    blockchain_key?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FaucetGift"];
                };
            };
        };
    };
    get_account_members_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Myself"];
                };
            };
        };
    };
    get_market_orders: {
        parameters: {
            query?: {
                /** @description Only orders of this market, or of these. */
                market?: string[];
                /** @description Only orders of markets with this base. */
                base_unit?: string;
                /** @description Only orders of markets with this quote. */
                quote_unit?: string;
                /** @description Only orders in this state, or in these. */
                state?: ("pending" | "wait" | "done" | "cancel" | "reject")[];
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description By last change: oldest or newest first. */
                order_by?: "asc" | "desc";
                /** @description Only orders of this kind. */
                ord_type?: "limit" | "market";
                /** @description Only orders of this side. */
                type?: "buy" | "sell";
                /** @description Only what was created at or after this time, unix seconds. */
                time_from?: number;
                /** @description Only what was created before this time, unix seconds. */
                time_to?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"][];
                };
            };
        };
    };
    post_market_orders: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
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
                "application/x-www-form-urlencoded": {
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
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
        };
    };
    post_market_orders_id_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The order's id or UUID. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
        };
    };
    post_market_orders_batch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
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
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ItemOutcome"][];
                };
            };
        };
    };
    get_market_orders_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The order's id or UUID. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
        };
    };
    get_market_orders_by_client_id_client_order_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description What you named the order. */
                client_order_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"];
                };
            };
        };
    };
    post_market_orders_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Only orders of this market. */
                    market?: string | null;
                    /**
                     * @description Only orders of this side.
                     * @enum {unknown}
                     */
                    side?: "buy" | "sell" | null;
                };
                "application/x-www-form-urlencoded": {
                    /** @description Only orders of this market. */
                    market?: string | null;
                    /**
                     * @description Only orders of this side.
                     * @enum {unknown}
                     */
                    side?: "buy" | "sell" | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Order"][];
                };
            };
        };
    };
    get_market_trades: {
        parameters: {
            query?: {
                /** @description Only trades of this market, or of these. */
                market?: string[];
                /** @description Only trades in which you bought, or sold. */
                type?: "buy" | "sell";
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Only trades at or after this time, unix seconds. */
                time_from?: number;
                /** @description Only trades before this time, unix seconds. */
                time_to?: number;
                /** @description Oldest or newest first. */
                order_by?: "asc" | "desc";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trade"][];
                };
            };
        };
    };
    post_barong_identity_users_access: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What staff gave you. */
                    whitelink_token: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description What staff gave you. */
                    whitelink_token: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
                };
            };
        };
    };
    get_barong_public_jwks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JsonWebKeys"];
                };
            };
        };
    };
    get_barong_identity_ping: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ping"];
                };
            };
        };
    };
    get_barong_identity_time: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerTime"];
                };
            };
        };
    };
    get_barong_identity_version: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    get_barong_identity_configs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configs"];
                };
            };
        };
    };
    get_barong_public_ping: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ping"];
                };
            };
        };
    };
    get_barong_public_time: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerTime"];
                };
            };
        };
    };
    get_barong_public_version: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
    get_barong_public_configs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Configs"];
                };
            };
        };
    };
    post_barong_identity_users: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** Format: password */
                    password: string;
                    /** @description Letters and digits. */
                    username?: string;
                    /** @description The uid of who sent you. */
                    refid?: string;
                    /** @description JSON of an object, as `{"language":"en"}`. */
                    data?: string;
                    /** @description The solved captcha, where one is asked for. */
                    captcha_response?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** Format: email */
                    email: string;
                    /** Format: password */
                    password: string;
                    /** @description Letters and digits. */
                    username?: string;
                    /** @description The uid of who sent you. */
                    refid?: string;
                    /** @description JSON of an object, as `{"language":"en"}`. */
                    data?: string;
                    /** @description The solved captcha, where one is asked for. */
                    captcha_response?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    post_barong_identity_users_email_generate_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** @description The solved captcha, where one is asked for. */
                    captcha_response?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** Format: email */
                    email: string;
                    /** @description The solved captcha, where one is asked for. */
                    captcha_response?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    post_barong_identity_users_email_confirm_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description From the link in the mail. */
                    token: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description From the link in the mail. */
                    token: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    post_barong_identity_users_superadmin: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Printed at the start of an exchange without superadmin. */
                    bootstrap_token: string;
                    /** Format: email */
                    email: string;
                    /** Format: password */
                    password: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description Printed at the start of an exchange without superadmin. */
                    bootstrap_token: string;
                    /** Format: email */
                    email: string;
                    /** Format: password */
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    get_barong_resource_users_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    put_barong_resource_users_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description JSON of an object, as `{"language":"en"}`. */
                    data: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description JSON of an object, as `{"language":"en"}`. */
                    data: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    delete_barong_resource_users_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: password */
                    password: string;
                    /** @description Of the authenticator app, where one is on. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** Format: password */
                    password: string;
                    /** @description Of the authenticator app, where one is on. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    post_barong_identity_password_validate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: password */
                    password: string;
                };
                "application/x-www-form-urlencoded": {
                    /** Format: password */
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entropy"];
                };
            };
        };
    };
    post_barong_public_password_validate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: password */
                    password: string;
                };
                "application/x-www-form-urlencoded": {
                    /** Format: password */
                    password: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entropy"];
                };
            };
        };
    };
    post_barong_identity_users_password_generate_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** @description The solved captcha, where one is asked for. */
                    captcha_response?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** Format: email */
                    email: string;
                    /** @description The solved captcha, where one is asked for. */
                    captcha_response?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    post_barong_identity_users_password_confirm_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description From the link in the mail. */
                    reset_password_token: string;
                    /** Format: password */
                    password: string;
                    /** Format: password */
                    confirm_password: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description From the link in the mail. */
                    reset_password_token: string;
                    /** Format: password */
                    password: string;
                    /** Format: password */
                    confirm_password: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    put_barong_resource_users_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: password */
                    old_password: string;
                    /** Format: password */
                    new_password: string;
                    /** Format: password */
                    confirm_password: string;
                };
                "application/x-www-form-urlencoded": {
                    /** Format: password */
                    old_password: string;
                    /** Format: password */
                    new_password: string;
                    /** Format: password */
                    confirm_password: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    post_barong_identity_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Format: email */
                    email: string;
                    /** Format: password */
                    password: string;
                    /** @description Of the authenticator app, where one is on. */
                    otp_code?: string;
                    /** @description The solved captcha, where one is asked for. */
                    captcha_response?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                };
                "application/x-www-form-urlencoded": {
                    /** Format: email */
                    email: string;
                    /** Format: password */
                    password: string;
                    /** @description Of the authenticator app, where one is on. */
                    otp_code?: string;
                    /** @description The solved captcha, where one is asked for. */
                    captcha_response?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    delete_barong_identity_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    get_barong_resource_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeviceEntity"][];
                };
            };
        };
    };
    delete_barong_resource_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ended": 2
                     *     }
                     */
                    "application/json": {
                        [key: string]: number;
                    };
                };
            };
        };
    };
    delete_barong_resource_sessions_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the session. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    get_barong_public_configs_auth0: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Auth0Configs"];
                };
            };
        };
    };
    post_barong_identity_sessions_auth0: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The `id_token` that the provider gave the browser. */
                    id_token: string;
                    /** @description Of the authenticator app, where one is on. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                };
                "application/x-www-form-urlencoded": {
                    /** @description The `id_token` that the provider gave the browser. */
                    id_token: string;
                    /** @description Of the authenticator app, where one is on. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    get_barong_resource_external_identities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExternalIdentityEntity"][];
                };
            };
        };
    };
    post_barong_resource_external_identities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The `id_token` that the provider gave the browser. */
                    id_token: string;
                    /** Format: password */
                    password: string;
                    /** @description Of the authenticator app, where one is on. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description The `id_token` that the provider gave the browser. */
                    id_token: string;
                    /** Format: password */
                    password: string;
                    /** @description Of the authenticator app, where one is on. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExternalIdentityEntity"];
                };
            };
        };
    };
    delete_barong_resource_external_identities_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the link. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_barong_resource_labels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelEntity"][];
                };
            };
        };
    };
    post_barong_resource_labels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    key: string;
                    value: string;
                };
                "application/x-www-form-urlencoded": {
                    key: string;
                    value: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelEntity"];
                };
            };
        };
    };
    get_barong_resource_labels_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the label. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelEntity"];
                };
            };
        };
    };
    delete_barong_resource_labels_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the label. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_barong_resource_labels_key: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Of the label. */
                key: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    value: string;
                };
                "application/x-www-form-urlencoded": {
                    value: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LabelEntity"];
                };
            };
        };
    };
    get_barong_resource_users_activity_topic: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Unix seconds: not before. */
                time_from?: number;
                /** @description Unix seconds: before. */
                time_to?: number;
                /** @description Only those that ended so. */
                result?: "succeed" | "failed" | "denied";
            };
            header?: never;
            path: {
                /** @description One of all, session, otp, password, account. */
                topic: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivityEntity"][];
                };
            };
        };
    };
    post_barong_resource_otp_generate_qrcode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GeneratedQrCode"];
                };
            };
        };
    };
    post_barong_resource_otp_enable: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A code that the app shows. */
                    code: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description A code that the app shows. */
                    code: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
        };
    };
    post_barong_resource_otp_verify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A code that the app shows. */
                    code: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description A code that the app shows. */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    post_barong_resource_otp_disable: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description A code that the app shows; or one of the others. */
                    code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description A code that the app shows; or one of the others. */
                    code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    post_barong_resource_otp_recovery_codes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description A code that the app shows; or one of the others. */
                    code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description A code that the app shows; or one of the others. */
                    code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryCodes"];
                };
            };
        };
    };
    get_barong_resource_factors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FactorsEntity"];
                };
            };
        };
    };
    post_barong_resource_factors_approvals: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description What is to be done.
                     * @enum {unknown}
                     */
                    kind: "account.delete" | "api_key.create" | "api_key.delete" | "api_key.update" | "beneficiary.activate" | "external_identity.link" | "internal_transfer.create" | "passkey.delete" | "passkey.register" | "recovery_codes.renew" | "totp.disable" | "totp.enable" | "withdrawal.allow_list" | "withdrawal.create";
                    /** @description What the request of the action will say, but for the factor. */
                    fields?: Record<string, never>;
                    /** @description A code that the authenticator app shows. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * @description What is to be done.
                     * @enum {unknown}
                     */
                    kind: "account.delete" | "api_key.create" | "api_key.delete" | "api_key.update" | "beneficiary.activate" | "external_identity.link" | "internal_transfer.create" | "passkey.delete" | "passkey.register" | "recovery_codes.renew" | "totp.disable" | "totp.enable" | "withdrawal.allow_list" | "withdrawal.create";
                    /** @description What the request of the action will say, but for the factor. */
                    fields?: Record<string, never>;
                    /** @description A code that the authenticator app shows. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalEntity"];
                };
            };
        };
    };
    get_barong_resource_passkeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyEntity"][];
                };
            };
        };
    };
    post_barong_resource_passkeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What `navigator.credentials.create()` gave, as JSON. */
                    credential: Record<string, never>;
                    label?: string;
                    /** @description A code that the authenticator app shows. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description What `navigator.credentials.create()` gave, as JSON. */
                    credential: Record<string, never>;
                    label?: string;
                    /** @description A code that the authenticator app shows. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewPasskeyEntity"];
                };
            };
        };
    };
    post_barong_resource_passkeys_registration_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    post_barong_resource_passkeys_assertion_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description What is to be done.
                     * @enum {unknown}
                     */
                    kind: "account.delete" | "api_key.create" | "api_key.delete" | "api_key.update" | "beneficiary.activate" | "external_identity.link" | "internal_transfer.create" | "passkey.delete" | "passkey.register" | "recovery_codes.renew" | "totp.disable" | "totp.enable" | "withdrawal.allow_list" | "withdrawal.create";
                    /** @description What the request of the action will say, but for the factor. */
                    fields?: Record<string, never>;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * @description What is to be done.
                     * @enum {unknown}
                     */
                    kind: "account.delete" | "api_key.create" | "api_key.delete" | "api_key.update" | "beneficiary.activate" | "external_identity.link" | "internal_transfer.create" | "passkey.delete" | "passkey.register" | "recovery_codes.renew" | "totp.disable" | "totp.enable" | "withdrawal.allow_list" | "withdrawal.create";
                    /** @description What the request of the action will say, but for the factor. */
                    fields?: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    delete_barong_resource_passkeys_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The number of the passkey. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description A code that the authenticator app shows. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description A code that the authenticator app shows. */
                    otp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_barong_resource_passkeys_id: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The number of the passkey. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    label: string;
                };
                "application/x-www-form-urlencoded": {
                    label: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PasskeyEntity"];
                };
            };
        };
    };
    post_barong_identity_sessions_passkey_options: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    post_barong_identity_sessions_passkey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What `navigator.credentials.get()` gave, as JSON. */
                    assertion: Record<string, never>;
                };
                "application/x-www-form-urlencoded": {
                    /** @description What `navigator.credentials.get()` gave, as JSON. */
                    assertion: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    get_barong_resource_api_keys: {
        parameters: {
            query?: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Ascending or descending. */
                ordering?: "asc" | "desc";
                /** @description What the list is ordered by. */
                order_by?: "id" | "kid" | "algorithm" | "state" | "label" | "created_at" | "updated_at" | "last_used_at" | "expires_at";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyEntity"][];
                };
            };
        };
    };
    post_barong_resource_api_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Of an Ed25519 key you keep the private half.
                     * @enum {unknown}
                     */
                    algorithm: "HS256" | "Ed25519";
                    /** @description Of an Ed25519 key: PEM, hex or base64 of the 32 bytes. */
                    public_key?: string;
                    /** @description What the key is allowed, as a list or separated by commas; `read,trade` unless said. */
                    scopes?: ("read" | "trade" | "withdraw" | "transfer")[] | string;
                    /** @description The same, under the name that existing clients use. */
                    scope?: string;
                    /** @description Your own name for it. */
                    label?: string;
                    /** @description Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere. */
                    ip_allow_list?: string[] | string;
                    /** @description When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never. */
                    expires_at?: string | number;
                    /** @description Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2. */
                    legacy_signature?: boolean;
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Of an Ed25519 key you keep the private half.
                     * @enum {unknown}
                     */
                    algorithm: "HS256" | "Ed25519";
                    /** @description Of an Ed25519 key: PEM, hex or base64 of the 32 bytes. */
                    public_key?: string;
                    /** @description What the key is allowed, as a list or separated by commas; `read,trade` unless said. */
                    scopes?: ("read" | "trade" | "withdraw" | "transfer")[] | string;
                    /** @description The same, under the name that existing clients use. */
                    scope?: string;
                    /** @description Your own name for it. */
                    label?: string;
                    /** @description Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere. */
                    ip_allow_list?: string[] | string;
                    /** @description When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never. */
                    expires_at?: string | number;
                    /** @description Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2. */
                    legacy_signature?: boolean;
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyEntity"];
                };
            };
        };
    };
    delete_barong_resource_api_keys_kid: {
        parameters: {
            query?: {
                /** @description A code that the authenticator app shows. */
                totp_code?: string;
                /** @description A token of `POST /resource/factors/approvals`. */
                approval?: string;
            };
            header?: never;
            path: {
                /** @description The id of the key. */
                kid: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    patch_barong_resource_api_keys_kid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the key. */
                kid: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description Whether the key works.
                     * @enum {unknown}
                     */
                    state?: "active" | "inactive";
                    /** @description What the key is allowed, as a list or separated by commas; `read,trade` unless said. */
                    scopes?: ("read" | "trade" | "withdraw" | "transfer")[] | string;
                    /** @description The same, under the name that existing clients use. */
                    scope?: string;
                    /** @description Your own name for it. */
                    label?: string;
                    /** @description Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere. */
                    ip_allow_list?: string[] | string;
                    /** @description When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never. */
                    expires_at?: string | number;
                    /** @description Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2. */
                    legacy_signature?: boolean;
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /**
                     * @description Whether the key works.
                     * @enum {unknown}
                     */
                    state?: "active" | "inactive";
                    /** @description What the key is allowed, as a list or separated by commas; `read,trade` unless said. */
                    scopes?: ("read" | "trade" | "withdraw" | "transfer")[] | string;
                    /** @description The same, under the name that existing clients use. */
                    scope?: string;
                    /** @description Your own name for it. */
                    label?: string;
                    /** @description Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere. */
                    ip_allow_list?: string[] | string;
                    /** @description When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never. */
                    expires_at?: string | number;
                    /** @description Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2. */
                    legacy_signature?: boolean;
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyEntity"];
                };
            };
        };
    };
    get_barong_resource_service_accounts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServiceAccountEntity"][];
                };
            };
        };
    };
    get_barong_resource_service_accounts_api_keys: {
        parameters: {
            query: {
                /** @description Rows on a page. */
                limit?: number;
                /** @description Which page. */
                page?: number;
                /** @description Ascending or descending. */
                ordering?: "asc" | "desc";
                /** @description What the list is ordered by. */
                order_by?: "id" | "kid" | "algorithm" | "state" | "label" | "created_at" | "updated_at" | "last_used_at" | "expires_at";
                /** @description Which service account. */
                service_account_uid: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Rows on all pages together. */
                    Total?: number;
                    /** @description The number of this page. */
                    Page?: number;
                    /** @description Rows on a full page. */
                    "Per-Page"?: number;
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyEntity"][];
                };
            };
        };
    };
    post_barong_resource_service_accounts_api_keys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which service account. */
                    service_account_uid: string;
                    /**
                     * @description Of an Ed25519 key you keep the private half.
                     * @enum {unknown}
                     */
                    algorithm: "HS256" | "Ed25519";
                    /** @description Of an Ed25519 key: PEM, hex or base64 of the 32 bytes. */
                    public_key?: string;
                    /** @description What the key is allowed, as a list or separated by commas; `read,trade` unless said. */
                    scopes?: ("read" | "trade" | "withdraw" | "transfer")[] | string;
                    /** @description The same, under the name that existing clients use. */
                    scope?: string;
                    /** @description Your own name for it. */
                    label?: string;
                    /** @description Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere. */
                    ip_allow_list?: string[] | string;
                    /** @description When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never. */
                    expires_at?: string | number;
                    /** @description Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2. */
                    legacy_signature?: boolean;
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description Which service account. */
                    service_account_uid: string;
                    /**
                     * @description Of an Ed25519 key you keep the private half.
                     * @enum {unknown}
                     */
                    algorithm: "HS256" | "Ed25519";
                    /** @description Of an Ed25519 key: PEM, hex or base64 of the 32 bytes. */
                    public_key?: string;
                    /** @description What the key is allowed, as a list or separated by commas; `read,trade` unless said. */
                    scopes?: ("read" | "trade" | "withdraw" | "transfer")[] | string;
                    /** @description The same, under the name that existing clients use. */
                    scope?: string;
                    /** @description Your own name for it. */
                    label?: string;
                    /** @description Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere. */
                    ip_allow_list?: string[] | string;
                    /** @description When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never. */
                    expires_at?: string | number;
                    /** @description Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2. */
                    legacy_signature?: boolean;
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyEntity"];
                };
            };
        };
    };
    put_barong_resource_service_accounts_api_keys_kid: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the key. */
                kid: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which service account. */
                    service_account_uid: string;
                    /**
                     * @description Whether the key works.
                     * @enum {unknown}
                     */
                    state?: "active" | "inactive";
                    /** @description What the key is allowed, as a list or separated by commas; `read,trade` unless said. */
                    scopes?: ("read" | "trade" | "withdraw" | "transfer")[] | string;
                    /** @description The same, under the name that existing clients use. */
                    scope?: string;
                    /** @description Your own name for it. */
                    label?: string;
                    /** @description Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere. */
                    ip_allow_list?: string[] | string;
                    /** @description When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never. */
                    expires_at?: string | number;
                    /** @description Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2. */
                    legacy_signature?: boolean;
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description Which service account. */
                    service_account_uid: string;
                    /**
                     * @description Whether the key works.
                     * @enum {unknown}
                     */
                    state?: "active" | "inactive";
                    /** @description What the key is allowed, as a list or separated by commas; `read,trade` unless said. */
                    scopes?: ("read" | "trade" | "withdraw" | "transfer")[] | string;
                    /** @description The same, under the name that existing clients use. */
                    scope?: string;
                    /** @description Your own name for it. */
                    label?: string;
                    /** @description Addresses and CIDR blocks, v4 or v6, that it may be used from; empty: from everywhere. */
                    ip_allow_list?: string[] | string;
                    /** @description When it stops working: ISO 8601 with an offset, or unix seconds. Empty: never. */
                    expires_at?: string | number;
                    /** @description Whether it may sign nonce and key id alone (HS256 only). Switch it off once you sign v2. */
                    legacy_signature?: boolean;
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyEntity"];
                };
            };
        };
    };
    delete_barong_resource_service_accounts_api_keys_kid: {
        parameters: {
            query: {
                /** @description A code that the authenticator app shows. */
                totp_code?: string;
                /** @description A token of `POST /resource/factors/approvals`. */
                approval?: string;
                /** @description Which service account. */
                service_account_uid: string;
            };
            header?: never;
            path: {
                /** @description The id of the key. */
                kid: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description A code that the authenticator app shows. */
                    totp_code?: string;
                    /** @description A printed recovery code, in place of the app's. */
                    recovery_code?: string;
                    /** @description What `navigator.credentials.get()` gave for the options of `POST /resource/passkeys/assertion_options`, as JSON. */
                    assertion?: Record<string, never>;
                    /** @description A token of `POST /resource/factors/approvals` for this action. */
                    approval?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    get_barong_identity_captcha: {
        parameters: {
            query: {
                /** @description What it is for. */
                flow: "user_create" | "password_reset" | "email_confirmation" | "session_create";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptchaChallenge"];
                };
            };
        };
    };
    get_barong_identity_users_register_geetest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CaptchaRegistration"];
                };
            };
        };
    };
    get_barong_resource_profiles_me: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileEntity"][];
                };
            };
        };
    };
    put_barong_resource_profiles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Letters, digits, spaces, hyphens and apostrophes. */
                    first_name?: string;
                    /** @description The same. */
                    last_name?: string;
                    /** @description Date of birth: 1990-10-29 or 29/10/1990. */
                    dob?: string;
                    address?: string;
                    postcode?: string;
                    city?: string;
                    /** @description ISO 3166, alpha-2 or alpha-3. */
                    country?: string;
                    /** @description JSON of an object, at most 4096 bytes. */
                    metadata?: string;
                    /** @description Submit it: then nothing may be missing. */
                    confirm?: boolean;
                };
                "application/x-www-form-urlencoded": {
                    /** @description Letters, digits, spaces, hyphens and apostrophes. */
                    first_name?: string;
                    /** @description The same. */
                    last_name?: string;
                    /** @description Date of birth: 1990-10-29 or 29/10/1990. */
                    dob?: string;
                    address?: string;
                    postcode?: string;
                    city?: string;
                    /** @description ISO 3166, alpha-2 or alpha-3. */
                    country?: string;
                    /** @description JSON of an object, at most 4096 bytes. */
                    metadata?: string;
                    /** @description Submit it: then nothing may be missing. */
                    confirm?: boolean;
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileEntity"];
                };
            };
        };
    };
    post_barong_resource_profiles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /** @description Letters, digits, spaces, hyphens and apostrophes. */
                    first_name?: string;
                    /** @description The same. */
                    last_name?: string;
                    /** @description Date of birth: 1990-10-29 or 29/10/1990. */
                    dob?: string;
                    address?: string;
                    postcode?: string;
                    city?: string;
                    /** @description ISO 3166, alpha-2 or alpha-3. */
                    country?: string;
                    /** @description JSON of an object, at most 4096 bytes. */
                    metadata?: string;
                    /** @description Submit it: then nothing may be missing. */
                    confirm?: boolean;
                };
                "application/x-www-form-urlencoded": {
                    /** @description Letters, digits, spaces, hyphens and apostrophes. */
                    first_name?: string;
                    /** @description The same. */
                    last_name?: string;
                    /** @description Date of birth: 1990-10-29 or 29/10/1990. */
                    dob?: string;
                    address?: string;
                    postcode?: string;
                    city?: string;
                    /** @description ISO 3166, alpha-2 or alpha-3. */
                    country?: string;
                    /** @description JSON of an object, at most 4096 bytes. */
                    metadata?: string;
                    /** @description Submit it: then nothing may be missing. */
                    confirm?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileEntity"];
                };
            };
        };
    };
    get_barong_resource_phones: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PhoneEntity"][];
                };
            };
        };
    };
    post_barong_resource_phones: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description With country code, the + may be missing. */
                    phone_number: string;
                    /**
                     * @default sms
                     * @enum {string}
                     */
                    channel?: "sms" | "call";
                };
                "application/x-www-form-urlencoded": {
                    /** @description With country code, the + may be missing. */
                    phone_number: string;
                    /**
                     * @default sms
                     * @enum {string}
                     */
                    channel?: "sms" | "call";
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
        };
    };
    post_barong_resource_phones_send_code: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description With country code, the + may be missing. */
                    phone_number: string;
                    /**
                     * @default sms
                     * @enum {string}
                     */
                    channel?: "sms" | "call";
                };
                "application/x-www-form-urlencoded": {
                    /** @description With country code, the + may be missing. */
                    phone_number: string;
                    /**
                     * @default sms
                     * @enum {string}
                     */
                    channel?: "sms" | "call";
                };
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                };
            };
        };
    };
    post_barong_resource_phones_verify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description With country code, the + may be missing. */
                    phone_number: string;
                    /** @description Five digits. */
                    verification_code: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description With country code, the + may be missing. */
                    phone_number: string;
                    /** @description Five digits. */
                    verification_code: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FullUser"];
                };
            };
        };
    };
    get_barong_resource_documents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    /** @description Only if your latest change may be missing: the read had waited for it as long as it may. */
                    "X-Pyxiu-Lag"?: number;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentEntity"][];
                };
            };
        };
    };
    post_barong_resource_documents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @enum {string} */
                    doc_type: "Passport" | "Identity card" | "Driver license" | "Utility Bill" | "Residental" | "Institutional" | "Address";
                    doc_number: string;
                    /** @description JPEG, PNG or PDF, at most 10 MB each, sent as parts named `upload[]`. */
                    upload: string[];
                    /** @description 2030-10-29; required unless the exchange says otherwise. */
                    doc_expire?: string;
                    /** @description The same form. */
                    doc_issue?: string;
                    /** @enum {string} */
                    doc_category?: "front_side" | "back_side" | "selfie";
                    /** @description The same for what belongs together. */
                    identificator?: string;
                    /** @description JSON of an object, at most 4096 bytes. */
                    metadata?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": number;
                };
            };
        };
    };
    post_barong_resource_addresses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    country: string;
                    address: string;
                    city: string;
                    postcode: string;
                    /** @description JPEG, PNG or PDF, at most 10 MB each, sent as parts named `upload[]`. */
                    upload: string[];
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": number;
                };
            };
        };
    };
    get_barong_public_files_key: {
        parameters: {
            query: {
                /** @description What to save it as. */
                filename: string;
                /** @description What it is. */
                content_type: string;
                /** @description Until when the link is good, in unix seconds. */
                expires_at: number;
                /** @description Ours, over all of these. */
                signature: string;
            };
            header?: never;
            path: {
                /** @description Which file. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
                };
            };
        };
    };
    post_barong_resource_data_storage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description One of those that the exchange allows. */
                    title: string;
                    /** @description JSON of an object, at most 5120 bytes. */
                    data: string;
                };
                "application/x-www-form-urlencoded": {
                    /** @description One of those that the exchange allows. */
                    title: string;
                    /** @description JSON of an object, at most 5120 bytes. */
                    data: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DataStorageEntity"];
                };
            };
        };
    };
    post_barong_public_kyc: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": Record<string, never>;
                "application/x-www-form-urlencoded": Record<string, never>;
            };
        };
        responses: {
            /** @description Found. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": number;
                };
            };
        };
    };
}

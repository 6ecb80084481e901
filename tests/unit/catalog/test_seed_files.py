"""Seed files as people write them: what is understood, and what is said about what is not."""

from decimal import Decimal
from pathlib import Path

import pytest

from pyxiu.catalog.check_seed import Existing, SeedPlan, check_seed
from pyxiu.catalog.engine_rules import put_asset, put_fee_schedule, put_market
from pyxiu.catalog.model import Depth, Market, MarketStatus, NetworkStatus
from pyxiu.catalog.seed_catalog import ParsedFiles, parse_files
from pyxiu.core.commands import FeeRule, PutMarket
from pyxiu.core.money import pack
from pyxiu.core.types import AssetId, MarketId

BLOCKCHAINS = """
- key: btc-testnet
  name: Bitcoin Testnet
  client: bitcoin
  server: http://user:password@127.0.0.1:18332
  height: 1350000
  min_confirmations: 1
  explorer:
    address: https://explorer.example/address/#{address}
    transaction: https://explorer.example/tx/#{txid}
  status: active
- key: eth-rinkeby
  client: geth
"""
CURRENCIES = """
- id: usd
  name: US Dollar
  type: fiat
  precision: 2
  base_factor: 1
  deposit_fee: 0.5
  options: {}
- id: btc
  name: Bitcoin
  blockchain_key: btc-testnet
  type: coin
  precision: 8
  base_factor: 100_000_000
  min_deposit_amount: 0.0000356
- id: eth
  blockchain_key: eth-rinkeby
  subunits: 18
  options:
    gas_limit: 21_000
    gas_price: 1000000000
- id: TRST
  parent_id: eth
  base_factor: 1000000
"""
ENGINES = "- {name: peatio-default-engine, driver: peatio}\n"
MARKETS = """
- id: btcusd
  base_unit: btc
  quote_unit: usd
  engine_name: peatio-default-engine
  amount_precision: 8
  price_precision: 2
  min_price: 0.01
  max_price: 1_000_000.0
  min_amount: 0.0001
  position: 5
  state: enabled
- id: ethusd
  ask_unit: eth
  bid_unit: usd
  ask_precision: 6
  bid_precision: 2
  min_ask_amount: 0.001
  enabled: false
"""
FEES = """
- {market_id: any, group: any, maker: 0.002, taker: 0.002}
- {market_id: btcusd, group: vip-0, maker: 0.0008, taker: 0.0015}
"""
NETWORKS = """
- {currency_id: bnb, blockchain_key: bsc, subunits: 18}
- {currency_id: usdt, blockchain_key: eth-rinkeby, parent_id: eth, subunits: 6}
- currency_id: usdt
  blockchain_key: bsc
  parent_id: bnb
  subunits: 18
  status: hidden
  depths: [{from: 1000, tradable: 6, withdrawable: 12}, {tradable: 1, withdrawable: 3}]
"""
ALL = {
    "blockchains.yml": BLOCKCHAINS,
    "currencies.yml": CURRENCIES,
    "engines.yml": ENGINES,
    "markets.yml": MARKETS,
    "trading_fees.yml": FEES,
}
#: A seed whose tokens move on several chains.
MANY = ALL | {
    "blockchains.yml": BLOCKCHAINS + "- {key: bsc, client: geth-bsc, chain: 'evm:56', protocol: BEP20}\n",
    "currencies.yml": CURRENCIES + "- {id: bnb}\n- {id: usdt, precision: 6}\n",
}


def parse(folder: Path, files: dict[str, str]) -> ParsedFiles:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return parse_files([folder])


def planned(folder: Path, files: dict[str, str], existing: Existing | None = None) -> tuple[SeedPlan, list[str]]:
    parsed = parse(folder, files)
    assert not parsed.problems, [str(problem) for problem in parsed.problems]
    plan, problems = check_seed(parsed.entries, existing or Existing())
    return plan, [str(problem) for problem in problems]


def problems_of(folder: Path, name: str, text: str) -> list[str]:
    return [str(problem) for problem in parse(folder, {name: text}).problems]


def test_a_peatio_seed_folder_is_understood_whole(tmp_path: Path) -> None:
    plan, problems = planned(tmp_path, ALL)
    assert not problems
    assert [chain.key for chain in plan.blockchains] == ["btc-testnet", "eth-rinkeby"]
    assert plan.blockchains[0].explorer_transaction == "https://explorer.example/tx/#{txid}"
    assert [currency.id for currency in plan.currencies] == ["usd", "btc", "eth", "trst"]
    assert [market.id for market in plan.markets] == ["btcusd", "ethusd"]
    assert plan.counts() == {
        "blockchains": 2,
        "currencies": 4,
        "asset_networks": 4,
        "engines": 1,
        "markets": 2,
        "trading_fees": 2,
        "withdraw_limits": 0,
    }


def test_numbers_keep_every_digit(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    btc = next(network for network in plan.asset_networks if network.currency_id == "btc")
    assert btc.min_deposit_amount == Decimal("0.0000356")
    assert plan.markets[0].max_price == Decimal(1000000)
    assert plan.trading_fees[1].maker == Decimal("0.0008")


def test_legacy_market_fields_and_enabled_are_understood(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    legacy = plan.markets[1]
    assert (legacy.base_unit, legacy.quote_unit) == ("eth", "usd")
    assert (legacy.amount_precision, legacy.price_precision) == (6, 2)
    assert legacy.min_price == Decimal("0.01")
    assert legacy.min_amount == Decimal("0.001")
    assert legacy.state is MarketStatus.DISABLED
    assert legacy.engine_name == "peatio-default-engine"


def test_rows_without_a_position_follow_those_with_one(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    assert [market.position for market in plan.markets] == [5, 6]
    assert [currency.position for currency in plan.currencies] == [1, 2, 3, 4]


def test_a_token_lives_on_its_parents_chain(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    [token] = plan.currencies[-1].networks
    assert (token.currency_id, token.parent_id, token.blockchain_key) == ("trst", "eth", "eth-rinkeby")


def test_a_currency_moves_on_all_networks_that_files_name(tmp_path: Path) -> None:
    plan, problems = planned(tmp_path, MANY | {"blockchain_currencies.yml": NETWORKS})
    assert not problems
    tether = next(currency for currency in plan.currencies if currency.id == "usdt")
    assert [(row.blockchain_key, row.parent_id, row.subunits) for row in tether.networks] == [
        ("eth-rinkeby", "eth", 6),
        ("bsc", "bnb", 18),
    ]
    assert tether.decimals == 18
    assert tether.networks[1].status is NetworkStatus.HIDDEN
    assert tether.networks[1].depths == (Depth(Decimal(0), 1, 3), Depth(Decimal(1000), 6, 12))
    assert [row.currency_id for row in plan.asset_networks if row.parent_id] == ["trst", "usdt", "usdt"]


def test_a_network_can_be_added_to_a_currency_that_exists_if_its_digits_fit(tmp_path: Path) -> None:
    before, _ = planned(tmp_path, ALL)
    existing = Existing(
        blockchains={row.key: row for row in before.blockchains}, currencies={row.id: row for row in before.currencies}
    )
    added = "- {currency_id: btc, blockchain_key: eth-rinkeby, parent_id: eth, subunits: 8}\n"
    plan, problems = planned(tmp_path, ALL | {"blockchain_currencies.yml": added}, existing)
    assert not problems
    assert [(row.currency_id, row.blockchain_key) for row in plan.asset_networks] == [("btc", "eth-rinkeby")]
    _, problems = planned(
        tmp_path, ALL | {"blockchain_currencies.yml": added.replace("subunits: 8", "subunits: 18")}, existing
    )
    assert any("subunits: expected at most 10, the digits that btc was made with, found 18" in one for one in problems)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{currency_id: nope, blockchain_key: bsc}", "currency_id: expected the id of a currency, found 'nope'"),
        ("{currency_id: btc}", "blockchain_key: expected the key of a blockchain (a coin needs one)"),
        ("{currency_id: btc, blockchain_key: x}", "blockchain_key: expected the key of a blockchain, found 'x'"),
        ("{currency_id: btc, blockchain_key: btc-testnet}", "found it in the entry of currency btc too"),
        ("{currency_id: usd, blockchain_key: bsc}", "blockchain_key: expected none of a fiat currency, found 'bsc'"),
        ("{currency_id: btc, blockchain_key: bsc, parent_id: eth}", "parent_id: expected a coin on 'bsc', found 'eth'"),
    ],
)
def test_what_is_wrong_with_a_network_is_said(tmp_path: Path, entry: str, expected: str) -> None:
    _, problems = planned(tmp_path, MANY | {"blockchain_currencies.yml": f"{NETWORKS}- {entry}\n"})
    assert any(expected in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("depths", "expected"),
    [
        ("7", "depths: expected a list of mappings, found 7"),
        ("[{from: 5, tradable: 1}]", "depths: expected a step from 0, found '5 as the lowest'"),
        ("[{tradable: 0}]", "tradable: expected an integer from 1 to 100000, found 0"),
        ("[{tradable: 3, withdrawable: 2}]", "withdrawable: expected an integer from 3 to 100000, found 2"),
        ("[{tradable: 3}, {tradable: 4}]", "depths: expected each amount once"),
        ("[{tradable: 3, withdrawabel: 4}]", "expected from, tradable and withdrawable, found 'withdrawabel'"),
    ],
)
def test_what_is_wrong_with_depths_is_said(tmp_path: Path, depths: str, expected: str) -> None:
    text = f"- {{currency_id: btc, blockchain_key: bsc, depths: {depths}}}"
    found = problems_of(tmp_path, "blockchain_currencies.yml", text)
    assert len(found) == 1, found
    assert expected in found[0]


def test_a_fiat_currencys_one_network_may_stand_in_either_file(tmp_path: Path) -> None:
    apart = "- {currency_id: usd, deposit_fee: 2}\n"
    plan, problems = planned(tmp_path, ALL | {"blockchain_currencies.yml": apart})
    assert not problems
    assert [row.deposit_fee for row in plan.asset_networks if row.currency_id == "usd"] == [Decimal(2)]


def test_only_fiat_deposits_are_charged(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    fees = {row.currency_id: row.deposit_fee for row in plan.asset_networks}
    assert fees == {"usd": Decimal("0.5"), "btc": 0, "eth": 0, "trst": 0}


def test_asset_decimals_leave_room_for_any_market(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    assert {currency.id: put_asset(currency).decimals for currency in plan.currencies} == {
        "usd": 10,
        "btc": 10,
        "eth": 18,
        "trst": 10,
    }


def test_a_market_is_told_in_ticks_and_lots(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    market, base, quote = MarketId("btcusd"), AssetId("btc"), AssetId("usd")
    assert put_market(plan.markets[0]) == PutMarket(market, base, quote, 2, 8, 1, 100_000_000, 10_000, pack(0))


def test_fees_are_told_in_parts_per_million_and_always_in_the_same_order(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    expected = (FeeRule("any", "any", 2000, 2000), FeeRule("vip-0", "btcusd", 800, 1500))
    assert put_fee_schedule(plan.trading_fees).rules == expected
    assert put_fee_schedule(reversed(plan.trading_fees)).rules == expected


def test_existing_keys_are_skipped(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    existing = Existing(
        blockchains={row.key: row for row in plan.blockchains},
        currencies={row.id: row for row in plan.currencies},
        engines={row.name: row for row in plan.engines},
        markets={row.id: row for row in plan.markets},
        trading_fees={(row.group, row.market_id): row for row in plan.trading_fees},
    )
    again, problems = planned(tmp_path, ALL, existing)
    assert not problems
    assert not any(again.counts().values())
    assert len(again.skipped) == 11


def test_markets_of_old_files_without_engines_get_the_built_in_one(tmp_path: Path) -> None:
    plan, problems = planned(tmp_path, {name: text for name, text in ALL.items() if name != "engines.yml"} | {
        "markets.yml": "- {id: btcusd, base_unit: btc, quote_unit: usd, amount_precision: 8, price_precision: 2}",
        "trading_fees.yml": "",
    })  # fmt: skip
    assert not problems
    assert [engine.name for engine in plan.engines] == ["peatio-default-engine"]
    assert plan.markets[0].engine_name == "peatio-default-engine"


def test_files_that_are_not_used_yet_are_named_and_left_alone(tmp_path: Path) -> None:
    parsed = parse(tmp_path, ALL | {"wallets.yml": "- {name: hot}", "accounts.yml": "- {code: 101}"})
    assert not parsed.problems
    warnings = [warning for warning in parsed.warnings if "server" not in warning]
    assert warnings == ["accounts.yml: not used yet, left alone", "wallets.yml: not used yet, left alone"]


def test_a_nodes_address_is_named_as_ignored_without_its_password(tmp_path: Path) -> None:
    parsed = parse(tmp_path, ALL)
    assert parsed.warnings == ["blockchains.yml:2: entry 1 (btc-testnet): fields without meaning here: server"]


def test_fees_that_follow_the_node_are_named_as_ignored(tmp_path: Path) -> None:
    parsed = parse(tmp_path, {"blockchain_currencies.yml": "- {currency_id: btc, auto_update_fees_enabled: true}"})
    assert not parsed.problems
    assert [warning.rpartition(": ")[2] for warning in parsed.warnings] == ["auto_update_fees_enabled"]


def test_unknown_fields_are_named_but_do_no_harm(tmp_path: Path) -> None:
    parsed = parse(tmp_path, {"engines.yml": "- {name: one, driver: peatio, colour: blue}"})
    assert not parsed.problems
    assert parsed.warnings == ["engines.yml:1: entry 1 (one): fields without meaning here: colour"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("prices.yml", "", "expected a file named blockchains.yml"),
        ("markets.yml", "a: 1", "markets.yml:1: expected a list"),
        ("markets.yml", "- [1, 2]", "markets.yml:1: entry 1: expected a mapping"),
        ("markets.yml", "- {a: 1\n- b", "not readable as YAML"),
        ("engines.yml", "- {name: a, driver: x, name: b}", "field name is given twice"),
        ("engines.yml", "- {name: no, driver: x}", "name: expected text (put it in quotes), found False"),
        ("engines.yml", "- {driver: x}", "name: expected text, found nothing"),
        (
            "engines.yml",
            "- {name: 'a b', driver: x}",
            "name: expected 1 to 64 of letters, digits and ._:-, found 'a b'",
        ),
        ("engines.yml", "- {name: a, driver: x, state: up}", "state: expected online or offline, found 'up'"),
        ("currencies.yml", "- {id: thelongestname}", "id: expected 1 to 10 of letters"),
        ("currencies.yml", "- {id: a, precision: eight}", "precision: expected an integer from 0 to 18, found 'eight'"),
        ("currencies.yml", "- {id: a, precision: -1}", "precision: expected an integer from 0 to 18, found -1"),
        ("currencies.yml", "- {id: a, base_factor: 12}", "base_factor: expected a power of ten, found 12"),
        ("currencies.yml", "- {id: a, base_factor: 10, subunits: 1}", "either base_factor or subunits"),
        ("currencies.yml", "- {id: a, price: .nan}", "price: expected a number, 0 or more, found"),
        ("currencies.yml", "- {id: a, price: .inf}", "price: expected a number, 0 or more, found"),
        ("currencies.yml", "- {id: a, price: -1}", "price: expected a number, 0 or more, found -1"),
        ("currencies.yml", "- {id: a, price: 1e30}", "price: expected at most 20 digits before and 18 after the point"),
        ("currencies.yml", "- {id: a, visible: 7}", "visible: expected true or false, found 7"),
        ("currencies.yml", "- {id: a, options: text}", "options: expected a mapping, found 'text'"),
        ("trading_fees.yml", "- {maker: 0.6}", "maker: expected 0 to 0.5 with at most 6 digits"),
        ("trading_fees.yml", "- {taker: 0.0000001}", "taker: expected 0 to 0.5 with at most 6 digits"),
        (
            "markets.yml",
            "- {id: x, base_unit: a, quote_unit: b}",
            "id: expected ab (base_unit and quote_unit), found 'x'",
        ),
        (
            "markets.yml",
            "- {base_unit: a, quote_unit: b, price_precision: 6, amount_precision: 5}",
            "amount_precision: expected an integer from 0 to 4, found 5",
        ),
        (
            "markets.yml",
            "- {base_unit: a, quote_unit: b, price_precision: 2, min_price: 0.001}",
            "min_price: expected at most 2 digits after the point, found 0.001",
        ),
        (
            "markets.yml",
            "- {base_unit: a, quote_unit: b, min_price: 2, max_price: 1}",
            "max_price: expected 0 (none) or at least min_price 2, found 1",
        ),
    ],
)
def test_what_is_wrong_in_an_entry_is_said(tmp_path: Path, name: str, text: str, expected: str) -> None:
    problems = problems_of(tmp_path, name, text)
    assert len(problems) == 1, problems
    assert expected in problems[0]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("currencies.yml", CURRENCIES + "- {id: doge}\n", "blockchain_key: expected the key of a blockchain (a coin"),
        ("currencies.yml", CURRENCIES + "- {id: doge, blockchain_key: x}\n", "blockchain, found 'x'"),
        ("currencies.yml", CURRENCIES + "- {id: a, parent_id: trst}\n", "parent_id: expected a coin without parent"),
        ("currencies.yml", CURRENCIES + "- {id: btc, blockchain_key: btc-testnet}\n", "currency btc stands already at"),
        (
            "markets.yml",
            "- {base_unit: btc, quote_unit: eur}\n",
            "quote_unit: expected the id of a currency, found 'eur'",
        ),
        (
            "markets.yml",
            "- {base_unit: btc, quote_unit: btc}\n",
            "quote_unit: expected another currency than base_unit",
        ),
        ("markets.yml", MARKETS + "- {base_unit: usd, quote_unit: btc}\n", "expected a new pair, found that of market"),
        ("markets.yml", "- {base_unit: btc, quote_unit: usd, engine_name: x}\n", "name of an engine, found 'x'"),
        ("trading_fees.yml", "- {market_id: abcd}\n", "market_id: expected any or the id of a market, found 'abcd'"),
    ],
)
def test_what_is_wrong_between_entries_is_said(tmp_path: Path, name: str, text: str, expected: str) -> None:
    files = ALL | {"trading_fees.yml": ""} | {name: text}
    _, problems = planned(tmp_path, files)
    assert any(expected in problem for problem in problems), problems


def test_an_existing_market_of_an_asset_with_too_few_decimals_is_noticed(tmp_path: Path) -> None:
    plan, _ = planned(tmp_path, ALL)
    small = {row.id: row for row in plan.currencies}
    usd = small["usd"]
    small["usd"] = type(usd)(**{name: getattr(usd, name) for name in usd.__struct_fields__} | {"decimals": 2})
    _, problems = planned(tmp_path, ALL, Existing(currencies=small))
    assert any("expected a currency of 10 decimals, usd has 2" in problem for problem in problems), problems


def test_a_markets_name_is_shown_as_a_pair() -> None:
    one = Decimal(1)
    market = Market("btcusd", "btc", "usd", "e", 1, 2, 2, one, one, one)
    assert market.name == "BTC/USD"

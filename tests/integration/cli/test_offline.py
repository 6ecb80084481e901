"""Commands on an exchange that is not running: they start what they need, and stop it again."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from pyxiu.app.modules import SERVICES
from pyxiu.app.settings_error import SettingsError
from pyxiu.projections.registry import NAMES

Cli = Callable[..., tuple[int, str, str]]


def test_a_seed_starts_the_engine_for_as_long_as_it_takes(cli: Cli, tmp_path: Path) -> None:
    seed = Path(__file__).parents[2] / "data" / "exchange"
    code, out, err = cli("seed", str(seed))
    assert code == 0, err
    assert "the engine took" in out
    code, out, err = cli("seed", str(seed))
    assert (code, out.split(";")[0]) == (0, "added: nothing"), err
    assert not (tmp_path / "home" / "control.sock").exists()


def test_a_wrong_seed_names_its_problems_and_changes_nothing(cli: Cli, tmp_path: Path) -> None:
    wrong = tmp_path / "markets.yml"
    wrong.write_text("- {base_unit: btc, quote_unit: usd}\n- {quote_unit: usd, price_precision: 11}\n")
    code, _, err = cli("seed", str(wrong))
    assert code == 1
    assert "markets.yml:2: entry 2: base_unit: expected text, found nothing" in err
    assert "price_precision: expected an integer from 0 to 10, found 11" in err
    assert "nothing was changed" in err
    assert json.loads(cli("projections", "list", "--json")[1])["head"] == 0


def test_a_missing_file_is_named(cli: Cli, tmp_path: Path) -> None:
    code, _, err = cli("seed", str(tmp_path / "currencies.yml"))
    assert code == 1
    assert "No such file" in err


def test_a_demo_can_be_made_looked_at_and_checked(cli: Cli) -> None:
    assert cli("demo", "credentials")[0] == 1
    assert "12 deposits" in cli("demo", "seed")[1]
    assert "added 0 catalog entries and 0 deposits" in cli("demo", "seed")[1]
    trader = json.loads(cli("demo", "credentials", "--json")[1])["trader"]
    assert trader["api_key"] in cli("demo", "credentials")[1]
    lines = cli("journal", "inspect", "--json", "--limit", "0")[1].splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(cli("journal", "inspect", "--first", "3", "--last", "5")[1].splitlines()) == 3
    assert f"chain and decisions good: {len(lines)} records" in cli("journal", "verify")[1]
    assert f"chain good: {len(lines)} records" in cli("journal", "verify", "--no-decide")[1]
    assert cli("audit")[0] == 0


def test_a_snapshot_is_written_once_for_each_end_of_the_journal(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "nice", lambda _: 0)  # in this process it could not be taken back
    cli("demo", "seed")
    first = json.loads(cli("journal", "snapshot")[1])
    assert first["seq"] > 0
    assert json.loads(cli("journal", "snapshot")[1]) == first
    assert cli("audit", "--quick")[0] == 0


def test_projections_are_rebuilt_one_or_all(cli: Cli) -> None:
    cli("demo", "seed")
    before = json.loads(cli("projections", "list", "--json")[1])
    assert {projection["seq"] for projection in before["projections"]} == {0}
    assert "accounts: rebuilt up to record" in cli("projections", "rebuild", "accounts")[1]
    assert len(cli("projections", "rebuild", "all")[1].splitlines()) == len(NAMES)
    after = json.loads(cli("projections", "list", "--json")[1])
    assert {projection["lag_records"] for projection in after["projections"]} == {0}
    assert cli("audit")[0] == 0


def test_profit_and_loss_is_counted_in_what_is_set_when_it_is_rebuilt(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, database_dsn: str
) -> None:
    counted: list[str] = []

    async def look() -> None:
        connection = await asyncpg.connect(database_dsn)
        rows = await connection.fetch("SELECT currency FROM pnl_currencies ORDER BY 1")
        counted.extend(row["currency"] for row in rows)
        await connection.close()

    cli("demo", "seed")
    cli("projections", "rebuild", "all")
    monkeypatch.setenv("PYXIU_PNL_CURRENCIES", "USDT, btc,usdt")
    assert "pnl: rebuilt up to record" in cli("projections", "rebuild", "pnl")[1]
    asyncio.run(look())
    assert counted == ["btc", "usdt"]
    assert cli("audit", "--quick")[0] == 0
    monkeypatch.setenv("PYXIU_PNL_CURRENCIES", "us dollars")
    with pytest.raises(SettingsError, match="PYXIU_PNL_CURRENCIES"):
        cli("projections", "rebuild", "pnl")


def test_an_unknown_projection_is_a_usage_error_that_names_those_there_are(cli: Cli) -> None:
    code, _, err = cli("projections", "rebuild", "weather")
    assert code == 2
    assert "there are markets, orders" in err


def test_an_unknown_module_is_a_usage_error_that_names_those_there_are(cli: Cli) -> None:
    code, _, err = cli("run", "weather")
    assert code == 2
    assert f"there are {', '.join(SERVICES)}" in err


def test_the_doctor_looks_at_everything(cli: Cli) -> None:
    code, out, _ = cli("doctor", "--json", "--port", "1")
    named = {json.loads(line)["name"]: json.loads(line)["health"] for line in out.splitlines()}
    assert {"home", "port", "memory", "open files", "disk space", "disk speed", "database", "clock"} <= named.keys()
    assert named["durability"] == named["tables"] == named["database"] == "good"
    assert code in (0, 1)

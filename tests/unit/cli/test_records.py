"""Records in words."""

import msgspec

from pyxiu.cli.records import record_line
from pyxiu.core.codec import decode_records, encode_batch, encode_command
from pyxiu.core.commands import CreditDeposit, PutAsset, PutMember
from pyxiu.core.machine import PythonCore
from pyxiu.core.money import pack
from pyxiu.core.outcomes import Record
from pyxiu.core.types import AssetId, MemberId

AT_NS = 1_700_000_000_123_000_000


def records() -> list[Record]:
    commands = (
        PutAsset(AssetId("btc"), 8),
        PutMember(MemberId("ada")),
        CreditDeposit("key-1", MemberId("ada"), AssetId("btc"), pack(5)),
    )
    submitted = PythonCore().submit(encode_batch([encode_command(command) for command in commands]), AT_NS)
    return decode_records(submitted.records)


def test_a_record_is_one_line_for_people() -> None:
    first, _, third = records()
    assert record_line(first, json=False).split() == [
        "1",
        "2023-11-14T22:13:20.123Z",
        "PutAsset(asset=btc,",
        "decimals=8)",
        "->",
        "AssetPut(asset=btc,",
        "decimals=8)",
    ]
    line = record_line(third, json=False)
    assert "CreditDeposit(key=key-1, member=ada, asset=btc, amount=5)" in line
    assert "Posting(owner=@external, asset=btc, amount=-5)" in line


def test_a_record_is_one_object_for_programs() -> None:
    line = msgspec.json.decode(record_line(records()[2], json=True))
    assert line["seq"] == 3
    assert line["at_ns"] == AT_NS
    assert line["command"]["CreditDeposit"]["amount"] == 5
    entry = line["events"][0]["EntryPosted"]
    assert entry["kind"] == "DEPOSIT"
    assert [posting["Posting"]["amount"] for posting in entry["postings"]] == [-5, 5]
    assert isinstance(entry["content_hash"], str)


def test_a_command_of_another_version_is_shown_as_bytes() -> None:
    strange = Record(1, AT_NS, b"\xc1", [])
    assert "c1" in record_line(strange, json=False)

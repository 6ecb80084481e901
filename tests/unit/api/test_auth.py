"""API keys: who is believed, for how long, and what is remembered."""

import asyncio
import hmac
import ipaddress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyxiu.api import errors
from pyxiu.api.auth import NONCE_WINDOW_MS, Authenticator, Member, PresentedRequest, Stores
from pyxiu.api.client_address import ClientAddress
from pyxiu.api.credentials import Credential
from pyxiu.api.errors import WireError
from pyxiu.api.replays import ReplayGuard
from pyxiu.identity.api_keys.signatures import HmacVerifier, canonical_message
from pyxiu.identity.changes import Change, Changed
from pyxiu.identity.ports import NoCountries
from pyxiu.kit.clock import ManualClock

MS, S = 10**6, 10**9
NOW_MS = 1_620_813_600_000
MEMBER = Member("ID1", 3, "member")
KID, SECRET = b"ab12cd34ef56ab78", b"f00dcafe" * 4


def credential(kid: bytes = KID, secret: bytes = SECRET, **fields: Any) -> Credential:
    made = Credential(kid.decode(), MEMBER, HmacVerifier(secret), legacy=True, owner_uid=MEMBER.uid)
    return made._replace(**fields)


class Store:
    """Keys in memory that counts how often it is asked."""

    def __init__(self) -> None:
        self.keys = {KID.decode(): credential()}
        self.asked = 0
        self.failure: Exception | None = None

    async def find(self, kid: str) -> Credential | None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return self.keys.get(kid)


class Vouching:
    """A follower of changes that is always up to date, until a test says otherwise."""

    live_until_s = float("inf")


class Lab:
    def __init__(self) -> None:
        self.store = Store()
        self.clock = ManualClock(NOW_MS * MS)
        self.vouching = Vouching()
        clients = ClientAddress((), NoCountries())
        self.authenticator = Authenticator(Stores(self.store), self.clock, clients, self.vouching)

    async def ask(
        self, nonce: bytes | None = None, *, kid: bytes = KID, secret: bytes = SECRET, signature: bytes | None = None
    ) -> Member | WireError:
        sent = str(self.authenticator.server_time_ms()).encode() if nonce is None else nonce
        signed = hmac.new(secret, sent + kid, "sha256").hexdigest().encode() if signature is None else signature
        headers = [
            (b"host", b"x"),
            (b"x-auth-apikey", kid),
            (b"x-auth-nonce", sent),
            (b"x-auth-signature", signed),
        ]
        return await self.send([header for header in headers if header[1]])

    async def send(self, headers: list[tuple[bytes, bytes]], peer: str = "192.0.2.1") -> Member | WireError:
        return await self.authenticator.member(PresentedRequest("GET", "/a", b"/a", b"", headers, b"", peer))

    def forget(self) -> None:
        self.authenticator.forget(Changed(Change.API_KEY, KID.decode()))


@pytest.fixture
def lab() -> Lab:
    return Lab()


def test_a_signature_can_be_made_by_hand() -> None:
    """The vector of the documentation: `printf %s "$nonce$kid" | openssl dgst -sha256 -hmac "$secret"`."""
    signature = HmacVerifier(b"4b1bd1bd3cb3a2f1a5a9d5d86a8e0a1f").sign(b"1620813600000" + b"0123456789abcdef")
    assert signature == "405db2769db1de0c0e4eed979c638a85e52b9b224a3d54456464e99e5512d857"


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_the_signer_is_hmac_sha256(secret: bytes, message: bytes) -> None:
    assert HmacVerifier(secret).sign(message) == hmac.new(secret, message, "sha256").hexdigest()


async def test_a_signed_request_is_its_members(lab: Lab) -> None:
    assert await lab.ask() == MEMBER


@pytest.mark.parametrize("missing", ["nonce", "kid", "signature"])
async def test_one_header_of_three_is_refused(lab: Lab, missing: str) -> None:
    assert await lab.ask(**{missing: b""}) == errors.INVALID_KEY_HEADERS


async def test_no_header_at_all_is_a_visitor(lab: Lab) -> None:
    assert await lab.send([(b"host", b"x")]) == errors.NO_SESSION


@pytest.mark.parametrize("skew_ms", [0, NONCE_WINDOW_MS - 1, 1 - NONCE_WINDOW_MS])
async def test_a_nonce_within_the_window_is_good(lab: Lab, skew_ms: int) -> None:
    """T-63."""
    assert await lab.ask(str(NOW_MS + skew_ms).encode()) == MEMBER


@pytest.mark.parametrize("skew_ms", [NONCE_WINDOW_MS, -NONCE_WINDOW_MS, 10**9, -(10**9)])
async def test_a_nonce_outside_is_expired(lab: Lab, skew_ms: int) -> None:
    """T-63."""
    assert await lab.ask(str(NOW_MS + skew_ms).encode()) == errors.NONCE_EXPIRED


async def test_a_nonce_in_seconds_is_expired(lab: Lab) -> None:
    assert await lab.ask(str(NOW_MS // 1000).encode()) == errors.NONCE_EXPIRED


@pytest.mark.parametrize(
    "nonce", [b"0", b"000", b"-1", b"x", b"1.5", b"1e12", b" 1", b"\xd9\xa1", b"1" * 17, b"9" * 5000, b"+1", b"\0"]
)
async def test_what_is_no_time_is_told_so(lab: Lab, nonce: bytes) -> None:
    assert await lab.ask(nonce) == errors.NONCE_NOT_A_TIMESTAMP


@pytest.mark.parametrize("kid", [b"ffffffffffffffff", b"a" * 65, b"a\0b", b"\xff\xfe", b"../..", b"a'--"])
async def test_an_unknown_key_is_told_so(lab: Lab, kid: bytes) -> None:
    assert await lab.ask(kid=kid) == errors.UNKNOWN_KEY


async def test_strange_key_ids_never_reach_the_store(lab: Lab) -> None:
    await lab.ask(kid=b"a'--")
    assert lab.store.asked == 0


@pytest.mark.parametrize("signature", [b"0" * 64, b"x", b"\xff" * 64, b"0" * 10_000])
async def test_a_wrong_signature_is_refused(lab: Lab, signature: bytes) -> None:
    """T-63."""
    assert await lab.ask(signature=signature) == errors.INVALID_SIGNATURE


async def test_a_signature_for_another_nonce_or_key_is_refused(lab: Lab) -> None:
    """T-63: a captured signature is good for its own nonce only."""
    captured = hmac.new(SECRET, str(NOW_MS).encode() + KID, "sha256").hexdigest().encode()
    assert await lab.ask(str(NOW_MS + 1).encode(), signature=captured) == errors.INVALID_SIGNATURE
    other = b"aaaaaaaaaaaaaaaa"
    lab.store.keys[other.decode()] = credential(other, b"other")
    assert await lab.ask(str(NOW_MS).encode(), kid=other, signature=captured) == errors.INVALID_SIGNATURE


async def test_a_key_that_is_off_says_so_only_to_who_has_its_secret(lab: Lab) -> None:
    lab.store.keys[KID.decode()] = credential(refusal=errors.KEY_NOT_ACTIVE)
    assert await lab.ask() == errors.KEY_NOT_ACTIVE
    assert await lab.ask(secret=b"guess") == errors.INVALID_SIGNATURE


async def test_a_key_is_looked_up_once_until_it_changes(lab: Lab) -> None:
    for _ in range(3):
        assert await lab.ask() == MEMBER
    assert lab.store.asked == 1
    lab.store.keys.clear()
    lab.forget()
    assert await lab.ask() == errors.UNKNOWN_KEY
    assert lab.store.asked == 2


async def test_a_change_of_the_user_is_a_change_of_the_key(lab: Lab) -> None:
    assert await lab.ask() == MEMBER
    lab.store.keys[KID.decode()] = credential(refusal=errors.NO_SESSION)
    lab.authenticator.forget(Changed(Change.USER, MEMBER.uid))
    assert await lab.ask() == errors.NO_SESSION


async def test_a_key_that_is_not_there_is_remembered_as_such_until_it_is_made(lab: Lab) -> None:
    key = lab.store.keys.pop(KID.decode())
    assert await lab.ask() == errors.UNKNOWN_KEY
    lab.store.keys[KID.decode()] = key
    assert await lab.ask() == errors.UNKNOWN_KEY
    lab.forget()
    assert await lab.ask() == MEMBER


async def test_a_change_during_a_look_up_is_not_forgotten(lab: Lab) -> None:
    """The look-up that began before the change may have seen the old row, so it is not remembered."""
    asking = asyncio.create_task(lab.ask())
    while not lab.store.asked:  # noqa: ASYNC110 - the store sets no event
        await asyncio.sleep(0)
    lab.forget()
    assert await asking == MEMBER
    lab.store.keys.clear()
    assert await lab.ask() == errors.UNKNOWN_KEY


async def test_expired_keys_say_so(lab: Lab) -> None:
    lab.store.keys[KID.decode()] = credential(expires_ns=(NOW_MS + 1_000) * MS)
    assert await lab.ask() == MEMBER
    lab.clock.advance(1 * S)
    assert await lab.ask() == errors.KEY_EXPIRED


async def test_a_key_with_an_allow_list_works_from_there_only(lab: Lab) -> None:
    lab.store.keys[KID.decode()] = credential(networks=(ipaddress.ip_network("192.0.2.0/28"),))
    nonce = str(NOW_MS).encode()
    headers = [
        (b"x-auth-apikey", KID),
        (b"x-auth-nonce", nonce),
        (b"x-auth-signature", HmacVerifier(SECRET).sign(nonce + KID).encode()),
    ]
    assert await lab.send(headers, "192.0.2.7") == MEMBER
    assert await lab.send(headers, "192.0.2.17") == errors.ADDRESS_NOT_ALLOWED
    assert await lab.send(headers, "2001:db8::1") == errors.ADDRESS_NOT_ALLOWED


SIGNED = PresentedRequest("POST", "/a/é", b"/a/%C3%A9", b"b=1&c=2", [], b'{"d":3}', "192.0.2.1")


def whole(lab: Lab, sent: PresentedRequest, signed: PresentedRequest, kid: bytes = KID) -> PresentedRequest:
    """`sent` with the signature of `signed`."""
    nonce = str(lab.authenticator.server_time_ms()).encode()
    message = canonical_message(
        kid, nonce, signed.method.encode(), signed.raw_path, signed.query_string, signed.body or b""
    )
    signature = b"v2=" + HmacVerifier(SECRET).sign(message).encode()
    headers = [(b"x-auth-apikey", kid), (b"x-auth-nonce", nonce), (b"x-auth-signature", signature)]
    return sent._replace(headers=headers)


async def test_t63_a_request_that_is_signed_whole_is_good_as_it_is(lab: Lab) -> None:
    assert await lab.authenticator.member(whole(lab, SIGNED, SIGNED)) == MEMBER


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"raw_path": b"/a/%c3%a9"},
        {"query_string": b"c=2&b=1"},
        {"query_string": b""},
        {"body": b'{"d":4}'},
        {"body": b""},
    ],
)
async def test_t63_whatever_is_changed_after_signing_is_noticed(lab: Lab, changed: dict[str, object]) -> None:
    sent = whole(lab, SIGNED._replace(**changed), SIGNED)  # type: ignore[arg-type]  # each has its field's type
    assert await lab.authenticator.member(sent) == errors.INVALID_SIGNATURE


async def test_t63_a_signature_is_for_one_key(lab: Lab) -> None:
    other = b"aaaaaaaaaaaaaaaa"
    lab.store.keys[other.decode()] = credential(other)
    sent = whole(lab, SIGNED, SIGNED)
    headers = [(name, other if name == b"x-auth-apikey" else value) for name, value in sent.headers]
    assert await lab.authenticator.member(sent._replace(headers=headers)) == errors.INVALID_SIGNATURE


async def test_a_key_can_be_kept_from_the_scheme_that_signs_little(lab: Lab) -> None:
    lab.store.keys[KID.decode()] = credential(legacy=False)
    assert await lab.ask() == errors.SCHEME_NOT_ALLOWED
    assert await lab.ask(secret=b"guess") == errors.INVALID_SIGNATURE
    assert await lab.authenticator.member(whole(lab, SIGNED, SIGNED)) == MEMBER


async def test_many_requests_at_once_cost_one_look_up(lab: Lab) -> None:
    answers = await asyncio.gather(*(lab.ask() for _ in range(50)))
    assert set(answers) == {MEMBER}
    assert lab.store.asked == 1


async def test_a_failed_look_up_is_not_remembered(lab: Lab) -> None:
    lab.store.failure = OSError("away")
    with pytest.raises(OSError, match="away"):
        await lab.ask()
    lab.store.failure = None
    assert await lab.ask() == MEMBER


async def test_a_canceled_request_takes_nothing_from_the_others(lab: Lab) -> None:
    first, second = asyncio.create_task(lab.ask()), asyncio.create_task(lab.ask())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == MEMBER


def test_a_credential_does_not_show_its_secret() -> None:
    """T-73."""
    shown = credential()
    assert SECRET.decode() not in f"{shown} {shown!r} {[shown]}"


def test_a_request_counts_once_for_as_long_as_its_nonce_is_good() -> None:
    """T-63, S-3."""
    guard, now = ReplayGuard(window_ms=5_000), NOW_MS * MS
    assert guard.first_time((b"signature", "/a", b"body"), now)
    assert guard.first_time((b"signature", "/a", b"other"), now)
    for later_s in (0, 1, 9, 9.99):
        assert not guard.first_time((b"signature", "/a", b"body"), now + int(later_s * S))


def test_what_can_no_longer_be_accepted_is_forgotten() -> None:
    guard, now = ReplayGuard(window_ms=5_000), NOW_MS * MS
    for second in range(1_000):
        guard.first_time((second,), now + second * S)
    assert len(guard._current) + len(guard._previous) <= 21


def test_after_a_long_silence_both_generations_are_dropped() -> None:
    guard = ReplayGuard(window_ms=5_000)
    guard.first_time(("a",), NOW_MS * MS)
    assert guard.first_time(("a",), (NOW_MS + 60_000) * MS)
    assert len(guard._current) + len(guard._previous) == 1

"""Bearer tokens: worth what their key or session is worth at that moment, and asked of memory."""

import ipaddress
from typing import Any

import pytest

from pyxiu.api import errors
from pyxiu.api.auth import ALL_SCOPES, Authenticator, Member, PresentedRequest, Stores, Via
from pyxiu.api.client_address import ClientAddress
from pyxiu.api.credentials import Credential, OpenSession
from pyxiu.api.errors import WireError
from pyxiu.identity.api_keys.signatures import HmacVerifier
from pyxiu.identity.changes import Change, Changed
from pyxiu.identity.model import Client
from pyxiu.identity.ports import NoCountries
from pyxiu.identity.tokens.session_token import Checked, KeyOrigin, SessionOrigin
from pyxiu.kit.clock import ManualClock

S = 10**9
NOW_S = 1_620_813_600
KID = "ab12cd34ef56ab78"
OWNER = Member("ID1", 3, "member", via=Via.API_KEY, kid=KID)
BROWSING = Member("ID1", 3, "member", via=Via.SESSION, session_id=7)


class Vouching:
    live_until_s = float("inf")


class Lab:
    """Keys, sessions and tokens in memory, which count how often they are asked."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW_S * S)
        self.keys = {KID: Credential(KID, OWNER, HmacVerifier(b"x"), owner_uid="ID1")}
        self.sessions = {7: OpenSession(BROWSING, "csrf", (NOW_S + 600) * S)}
        self.tokens = {
            "of-key": Checked("ID1", NOW_S + 60, KeyOrigin(KID, ("read", "trade"))),
            "of-session": Checked("ID1", NOW_S + 60, SessionOrigin(7)),
            "of-another": Checked("ID2", NOW_S + 60, SessionOrigin(7)),
        }
        self.asked: list[object] = []
        clients = ClientAddress((), NoCountries())
        self.authenticator = Authenticator(Stores(self, self, self), self.clock, clients, Vouching())

    async def find(self, kid: str) -> Credential | None:
        self.asked.append(kid)
        return self.keys.get(kid)

    async def open(self, cookie: str, client: Client) -> OpenSession | WireError:
        raise AssertionError((cookie, client))

    async def still_open(self, session_id: int) -> OpenSession | WireError:
        self.asked.append(session_id)
        return self.sessions.get(session_id, errors.NO_SESSION)

    async def read(self, token: str) -> Checked | WireError:
        self.asked.append(token)
        return self.tokens.get(token, errors.INVALID_TOKEN)

    async def ask(self, token: str, *, peer: str = "192.0.2.1") -> Member | WireError:
        return await self.authenticator.member(self.request(token, peer))

    def request(self, token: str, peer: str = "192.0.2.1") -> PresentedRequest:
        headers = [(b"authorization", f"Bearer {token}".encode())]
        return PresentedRequest("POST", "/a", b"/a", b"", headers, b"", peer)

    def change_key(self, **fields: Any) -> None:
        self.keys[KID] = self.keys[KID]._replace(**fields)
        self.authenticator.forget(Changed(Change.API_KEY, KID))


@pytest.fixture
def lab() -> Lab:
    return Lab()


async def test_a_token_of_a_key_has_the_keys_scopes_and_is_still_the_keys(lab: Lab) -> None:
    member = await lab.ask("of-key")
    assert isinstance(member, Member)
    assert (member.uid, member.via, member.scopes) == ("ID1", Via.TOKEN, frozenset({"read", "trade"}))
    assert member.by_key


async def test_scopes_hold_that_key_and_token_share(lab: Lab) -> None:
    await lab.ask("of-key")
    lab.change_key(member=OWNER._replace(scopes=frozenset({"read", "withdraw"})))
    member = await lab.ask("of-key")
    assert isinstance(member, Member)
    assert member.scopes == {"read"}


async def test_a_token_of_a_session_is_the_sessions(lab: Lab) -> None:
    member = await lab.ask("of-session")
    assert isinstance(member, Member)
    assert (member.via, member.session_id, member.scopes, member.by_key) == (Via.TOKEN, 7, ALL_SCOPES, False)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"refusal": errors.KEY_NOT_ACTIVE}, errors.KEY_NOT_ACTIVE),
        ({"refusal": errors.NO_SESSION}, errors.NO_SESSION),
        ({"expires_ns": NOW_S * S}, errors.KEY_EXPIRED),
        ({"networks": (ipaddress.ip_network("198.51.100.0/24"),)}, errors.ADDRESS_NOT_ALLOWED),
    ],
)
async def test_what_a_key_loses_its_tokens_lose(lab: Lab, change: dict[str, Any], refusal: WireError) -> None:
    assert isinstance(await lab.ask("of-key"), Member)
    lab.change_key(**change)
    assert await lab.ask("of-key") == refusal


async def test_a_key_that_may_be_used_from_an_address_lets_its_tokens_be_used_from_there(lab: Lab) -> None:
    lab.change_key(networks=(ipaddress.ip_network("198.51.100.0/24"),))
    assert isinstance(await lab.ask("of-key", peer="198.51.100.7"), Member)


async def test_a_token_ends_with_its_key(lab: Lab) -> None:
    await lab.ask("of-key")
    del lab.keys[KID]
    lab.authenticator.forget(Changed(Change.API_KEY, KID))
    assert await lab.ask("of-key") == errors.UNKNOWN_KEY


async def test_a_token_ends_with_its_session(lab: Lab) -> None:
    await lab.ask("of-session")
    del lab.sessions[7]
    lab.authenticator.forget(Changed(Change.SESSION, "7"))
    assert await lab.ask("of-session") == errors.NO_SESSION


async def test_a_session_that_becomes_idle_ends_its_tokens_unless_its_browser_uses_it(lab: Lab) -> None:
    lab.tokens["of-session"] = Checked("ID1", NOW_S + 3_600, SessionOrigin(7))
    await lab.ask("of-session")
    lab.sessions[7] = OpenSession(BROWSING, "csrf", (NOW_S + 900) * S)
    lab.clock.advance(601 * S)
    assert isinstance(await lab.ask("of-session"), Member)
    lab.clock.advance(300 * S)
    assert await lab.ask("of-session") == errors.NO_SESSION


async def test_a_token_that_has_expired_is_refused_although_it_is_remembered(lab: Lab) -> None:
    await lab.ask("of-session")
    lab.clock.advance(60 * S)
    assert await lab.ask("of-session") == errors.INVALID_TOKEN


@pytest.mark.parametrize("token", ["", "x", "of-another"])
async def test_what_is_no_token_of_ours_or_not_its_origins_is_refused(lab: Lab, token: str) -> None:
    assert await lab.ask(token) == errors.INVALID_TOKEN


@pytest.mark.parametrize(("token", "origin"), [("of-key", KID), ("of-session", 7)])
async def test_a_token_that_is_remembered_is_asked_of_memory(lab: Lab, token: str, origin: object) -> None:
    for _ in range(3):
        assert isinstance(await lab.ask(token), Member)
    assert lab.asked == [token, origin]


async def test_a_user_that_changes_is_looked_up_again(lab: Lab) -> None:
    await lab.ask("of-session")
    lab.sessions[7] = OpenSession(BROWSING._replace(level=1), "csrf")
    lab.authenticator.forget(Changed(Change.USER, "ID1"))
    member = await lab.ask("of-session")
    assert isinstance(member, Member)
    assert member.level == 1


async def test_what_a_token_lets_in_ends_with_the_token_or_its_origin(lab: Lab) -> None:
    lab.tokens["long"] = Checked("ID1", NOW_S + 3_600, SessionOrigin(7))
    lab.change_key(expires_ns=(NOW_S + 30) * S)
    for token, end_s in (("of-session", NOW_S + 60), ("long", NOW_S + 600), ("of-key", NOW_S + 30)):
        member = await lab.ask(token)
        assert isinstance(member, Member)
        assert lab.authenticator.expires_ns(lab.request(token), member) == end_s * S

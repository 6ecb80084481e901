"""What each kind must do, as suites that an author runs against their own: subclass one and give it fixtures.

    from pyxiu.plugins.testing import PhonesContract

    class TestAcmeSms(PhonesContract):
        @pytest.fixture
        def phones(self): return AcmeSms(...)

        @pytest.fixture
        def arrived(self, gateway): return gateway.codes          # called without arguments: what came, in order

With pytest and pytest-asyncio in `asyncio_mode = "auto"`. Pyxiu's own adapters pass the same suites. Invariant: a suite
asks only what the port's documentation promises. Limit: what is behind an adapter (a provider, a node) the author's
fixtures have to stand up, or to stand in for.
"""

import secrets
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from decimal import Decimal
from email.message import EmailMessage
from typing import Any, Final

import pytest
from embit.bip32 import HDKey

from pyxiu.custody.ports import KeyStore
from pyxiu.identity.model import Client
from pyxiu.identity.ports import (
    Captcha,
    KycProvider,
    KycVerdict,
    ObjectStore,
    PhoneMessage,
    PhoneRefusedError,
    PhoneSender,
)
from pyxiu.kit.errors import PermanentError, TransientError
from pyxiu.mailer.ports import MailDelayedError, MailRefusedError, Transport
from pyxiu.plugins.chain_testing import AddressesContract as AddressesContract  # noqa: PLC0414 - found here by authors
from pyxiu.plugins.chain_testing import ChainsContract as ChainsContract  # noqa: PLC0414 - found here by authors
from pyxiu.plugins.chain_testing import PayoutsContract as PayoutsContract  # noqa: PLC0414 - found here by authors
from pyxiu.plugins.chain_testing import SigningContract as SigningContract  # noqa: PLC0414 - found here by authors
from pyxiu.plugins.spec import ErrorReporter, FaultReport, Frame, MakeSink, MarketData, Raised, Routes
from pyxiu.relay.model import RelayedEvent
from pyxiu.relay.ports import UndeliverableError

CLIENT: Final = Client("203.0.113.7", "contract suite")

Arrived = Callable[[], Awaitable[Sequence[str]] | Sequence[str]]


async def came(arrived: Arrived) -> list[str]:
    """What has arrived, from a function that may be a coroutine's."""
    found = arrived()
    return list(found if isinstance(found, Sequence) else await found)


class ObjectsContract:
    """Fixture `store`: an ObjectStore that is empty, or at least has none of the suite's random keys."""

    async def test_what_is_put_can_be_got_replaced_and_deleted(self, store: ObjectStore) -> None:
        key = secrets.token_hex(24)
        assert await store.get(key) is None
        content = secrets.token_bytes(100_000)
        await store.put(key, content, "image/png")
        assert await store.get(key) == content
        await store.put(key, b"other", "image/png")
        assert await store.get(key) == b"other"
        await store.delete(key)
        assert await store.get(key) is None
        await store.delete(key)

    async def test_an_empty_file_is_a_file(self, store: ObjectStore) -> None:
        key = secrets.token_hex(24)
        await store.put(key, b"", "text/plain")
        assert await store.get(key) == b""
        await store.delete(key)

    async def test_a_link_names_the_file(self, store: ObjectStore) -> None:
        key = secrets.token_hex(24)
        await store.put(key, b"content", "image/png")
        link = await store.link(key, filename="document-1.png", content_type="image/png", lifetime_s=60)
        assert key in link


class SinksContract:
    """Fixtures `make_sink`: what a maker makes; `arrived`: the ids of the events that came, in order."""

    async def test_events_arrive_in_their_order(self, make_sink: MakeSink, arrived: Arrived) -> None:
        sink = make_sink()
        events = [relayed(number) for number in range(25)]
        await sink.publish(events[:20])
        await sink.publish(events[20:])
        assert await came(arrived) == [event.id for event in events]
        await sink.close()

    async def test_nothing_to_publish_is_no_fault(self, make_sink: MakeSink, arrived: Arrived) -> None:
        sink = make_sink()
        await sink.publish([])
        assert await came(arrived) == []
        await sink.close()

    async def test_each_sink_is_one_of_its_own_and_closes_twice(self, make_sink: MakeSink, arrived: Arrived) -> None:
        first, second = make_sink(), make_sink()
        assert first is not second
        await first.close()
        await first.close()
        await second.publish([relayed(1)])
        await second.close()
        assert await came(arrived) == [relayed(1).id]

    async def test_an_event_of_a_megabyte_is_delivered_or_refused_by_name(
        self, make_sink: MakeSink, arrived: Arrived
    ) -> None:
        sink, large = make_sink(), relayed(2, text="x" * 1_000_000)
        expected = [relayed(1).id, large.id, relayed(3).id]
        try:
            await sink.publish([relayed(1), large, relayed(3)])
        except UndeliverableError as refused:
            if refused.event.id != large.id:
                raise
            await sink.publish([relayed(number) for number in (1, 3)[refused.confirmed :]])
            expected.remove(large.id)
        assert list(dict.fromkeys(await came(arrived))) == expected
        await sink.close()


class PhonesContract:
    """Fixtures `phones`, `arrived`: the codes that came; `refused`: a number that the provider refuses, or None."""

    async def test_a_code_arrives_as_it_was_given(self, phones: PhoneSender, arrived: Arrived) -> None:
        await phones.send(phone_message("01234"))
        assert await came(arrived) == ["01234"]

    async def test_its_kind_is_a_word_and_its_repr_holds_no_code(self, phones: PhoneSender) -> None:
        assert phones.kind
        assert phones.kind.isascii()
        assert " " not in phones.kind
        await phones.send(phone_message("98765"))
        assert "98765" not in repr(phones)

    async def test_a_number_that_is_refused_is_told_as_refused(
        self, phones: PhoneSender, arrived: Arrived, refused: str | None
    ) -> None:
        if refused is None:
            return
        with pytest.raises(PhoneRefusedError) as raised:
            await phones.send(phone_message("01234", number=refused))
        assert "01234" not in str(raised.value)
        assert await came(arrived) == []


class CaptchasContract:
    """Fixtures `captcha`, `solve`: called with a flow, gives a response that is good for CLIENT once; `flow`: where
    something must be solved.
    """

    async def test_a_good_response_is_good_once(
        self, captcha: Captcha, solve: Callable[[str], Awaitable[str]], flow: str
    ) -> None:
        response = await solve(flow)
        assert await captcha.verify(response, CLIENT, flow)
        assert not await captcha.verify(response, CLIENT, flow)

    async def test_nothing_and_nonsense_are_not_good(self, captcha: Captcha, flow: str) -> None:
        for response in (None, "", "x", "я" * 100, "0" * 5_000, "\0", '{"a": 1}'):
            assert not await captcha.verify(response, CLIENT, flow)

    async def test_its_kind_is_told_to_front_ends(self, captcha: Captcha) -> None:
        assert captcha.kind
        assert captcha.kind.isascii()


class MailContract:
    """Fixtures `transport`, `arrived`: subjects that came; `refused`: a recipient who is refused for good, or None;
    `away`: a transport whose server is not there.
    """

    async def test_a_mail_arrives(self, transport: Transport, arrived: Arrived) -> None:
        await transport.deliver(mail("Привет"), "bob@example.test")
        assert await came(arrived) == ["Привет"]

    async def test_a_recipient_who_is_refused_is_told_as_refused(
        self, transport: Transport, refused: str | None
    ) -> None:
        if refused is None:
            return
        with pytest.raises(MailRefusedError):
            await transport.deliver(mail("no"), refused)

    async def test_a_server_that_is_not_there_delays(self, away: Transport) -> None:
        with pytest.raises(MailDelayedError):
            await away.deliver(mail("later"), "bob@example.test")

    async def test_its_name_shows_no_password(self, transport: Transport) -> None:
        assert transport.name
        assert "@" not in transport.name.partition("//")[2].partition("/")[0]


class KeyStoresContract:
    """Fixtures `keys`: a store without the suite's keys; `chain`: one that it makes keys for."""

    def test_a_key_is_made_once_and_gives_its_public_half(self, keys: KeyStore, chain: str) -> None:
        xpub = keys.create("contract-1", chain)
        assert keys.public_keys()["contract-1"] == xpub
        with pytest.raises(PermanentError):
            keys.create("contract-1", chain)
        assert keys.public_keys()["contract-1"] == xpub

    def test_the_private_half_belongs_to_the_public_one_and_shows_itself_nowhere(
        self, keys: KeyStore, chain: str
    ) -> None:
        xpub = keys.create("contract-2", chain)
        private = keys.account_key("contract-2")
        assert private == keys.account_key("contract-2")
        assert str(HDKey.from_string(private).to_public()) == str(HDKey.from_string(xpub))
        assert private not in repr(keys)

    def test_keys_differ_and_one_that_is_not_there_is_refused(self, keys: KeyStore, chain: str) -> None:
        assert keys.create("contract-3", chain) != keys.create("contract-4", chain)
        with pytest.raises(PermanentError):
            keys.account_key("nobody-made-this")

    def test_names_that_would_lead_elsewhere_are_refused(self, keys: KeyStore, chain: str) -> None:
        for name in ("", "../x", "a/b", "a\0b", "x" * 5_000):
            with pytest.raises(PermanentError):
                keys.create(name, chain)


class KycContract:
    """Fixtures `provider`; `callback`: the body of a callback with a verdict; `silent`: of one without, or None."""

    async def test_a_callback_is_about_somebody(self, provider: KycProvider, callback: bytes) -> None:
        verdict = provider.verdict_of(callback)
        assert isinstance(verdict, KycVerdict)
        assert verdict.applicant_id

    async def test_a_callback_without_a_verdict_says_nothing(self, provider: KycProvider, silent: bytes | None) -> None:
        assert silent is None or provider.verdict_of(silent) is None

    async def test_what_is_malformed_is_a_value_error_and_nothing_else(self, provider: KycProvider) -> None:
        for body in (b"", b"{", b"[]", b"null", b'{"applicant_id": 3}', b"\xff\xfe", b"[" * 10_000, b'"x"'):
            try:
                verdict = provider.verdict_of(body)
            except ValueError:
                continue
            assert verdict is None

    async def test_it_has_a_name(self, provider: KycProvider) -> None:
        assert provider.name


class ErrorsContract:
    """Fixtures `reporter`; `arrived`: called after close, the messages that came; `away`: one whose receiver is not
    there.
    """

    async def test_a_report_arrives_by_the_time_it_is_closed(self, reporter: ErrorReporter, arrived: Arrived) -> None:
        reporter.report(fault_report("a contract's fault"))
        reporter.close(10.0)
        assert await came(arrived) == ["a contract's fault"]

    async def test_a_receiver_that_is_away_is_nobodys_fault(self, away: ErrorReporter) -> None:
        for number in range(300):
            away.report(fault_report(f"fault {number}"))
        away.close(0.5)

    async def test_odd_texts_are_no_fault(self, reporter: ErrorReporter) -> None:
        for text in ("", "\0", "x" * 100_000, "\ud800"):
            reporter.report(fault_report(text))
        reporter.close(10.0)


class MarketDataContract:
    """Fixtures `source`; `market`: one that it knows; `away`: a source that cannot tell."""

    async def test_a_price_is_a_positive_decimal(self, source: MarketData, market: str) -> None:
        prices = await source.prices([market])
        assert list(prices) == [market]
        assert Decimal(prices[market]) > 0

    async def test_what_it_does_not_know_is_left_out(self, source: MarketData, market: str) -> None:
        assert list(await source.prices([market, "nobody-knows-this"])) == [market]
        assert await source.prices([]) == {}

    async def test_who_cannot_tell_says_so(self, away: MarketData, market: str) -> None:
        with pytest.raises(TransientError):
            await away.prices([market])


class RoutesContract:
    """Fixtures `routes`; `path`: one that it answers to a GET, as `/hello`."""

    async def test_what_is_there_is_answered(self, routes: Routes, path: str) -> None:
        assert await status_of(routes, "GET", path) < 500

    async def test_what_is_not_there_is_404(self, routes: Routes) -> None:
        assert await status_of(routes, "GET", "/there/is/no/such/path") == 404

    async def test_odd_requests_are_the_clients_fault(self, routes: Routes, path: str) -> None:
        for method in ("GET", "POST", "DELETE", "PATCH"):
            for body in (b"", b"\xff", b"{", b"[" * 5_000):
                assert await status_of(routes, method, path, body) < 500


def relayed(number: int, **payload: Any) -> RelayedEvent:
    """An event of one aggregate."""
    return RelayedEvent(
        f"journal:{number}:0",
        "peatio",
        "market",
        "btcusdt.order_created",
        "market:btcusdt",
        1,
        {"n": number, **payload},
    )


def phone_message(code: str, *, number: str = "+15005550006") -> PhoneMessage:
    return PhoneMessage(uid="ID0000000001", number=number, code=code, channel="sms", language="en")


def mail(subject: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "Exchange <no-reply@exchange.test>", "bob@example.test"
    message["Subject"], message["Message-ID"] = subject, f"<{secrets.token_hex(8)}@exchange.test>"
    message.set_content("текст")
    message.add_alternative("<p>текст</p>", subtype="html")
    return message


def fault_report(message: str) -> FaultReport:
    frames = (Frame("pyxiu.engine.sequencer", "append", "/srv/sequencer.py", 7),)
    raised = (Raised("OSError", "builtins", "disk full", frames), Raised("FaultError", "acme", "cannot", ()))
    return FaultReport(
        message=message, logger="acme", level="error", at_s=1_764_000_000.5, raised=raised, facts={"seq": "7"}
    )


async def status_of(routes: Routes, method: str, path: str, body: bytes = b"", *, uid: str | None = None) -> int:
    """What an application answers to a request as the api passes it on."""
    sent: list[MutableMapping[str, Any]] = []
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "/api/v2/ext/contract",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
        "client": ("203.0.113.7", 1),
        "server": ("127.0.0.1", 8000),
        "pyxiu.uid": uid,
    }

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await routes(scope, receive, send)
    assert sent, "nothing was answered"
    assert sent[0]["type"] == "http.response.start"
    return int(sent[0]["status"])

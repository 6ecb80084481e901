"""The captcha on the database: each solution once, free requests, harder for who asks often."""

import asyncio
import dataclasses
from hashlib import sha256
from itertools import count

from sqlalchemy import text

from pyxiu.adapters.captcha.pow import ProofOfWork
from pyxiu.identity.captcha.settings import CaptchaSettings, FreeUse
from pyxiu.identity.model import Client
from pyxiu.kit.clock import ManualClock, SystemClock
from tests.support.identity import identity_settings, running_identity

IP = Client("203.0.113.7")
SETTINGS = identity_settings(
    captcha=CaptchaSettings(
        flows={"user_create": FreeUse(2, 3600), "always": FreeUse(0, 3600)}, difficulty=4, harder=((3, 2), (2, 4))
    )
)


def solve(challenge: str, difficulty: int) -> str:
    for number in count():
        response = f"{challenge}:{number}"
        if int(sha256(response.encode()).hexdigest(), 16) < 1 << (256 - difficulty):
            return response
    raise AssertionError("unreachable")


async def solved(captcha: ProofOfWork, flow: str = "user_create", client: Client = IP) -> str:
    challenge = await captcha.challenge(client, flow)
    assert challenge is not None
    return solve(challenge.challenge, challenge.difficulty)


async def test_a_solution_counts_once_however_many_send_it(database_dsn: str) -> None:
    async with running_identity(database_dsn, settings=SETTINGS) as services:
        captcha = ProofOfWork(services)
        response = await solved(captcha)
        answers = await asyncio.gather(*(captcha.verify(response, IP, "user_create") for _ in range(8)))
        assert sorted(answers) == [False] * 7 + [True]


async def test_so_many_requests_are_free_for_a_network(database_dsn: str) -> None:
    async with running_identity(database_dsn, settings=SETTINGS) as services:
        captcha = ProofOfWork(services)
        neighbour, stranger = Client("203.0.113.200"), Client("198.51.100.1")
        assert await captcha.verify(None, IP, "user_create")
        assert await captcha.verify("", neighbour, "user_create")
        assert not await captcha.verify(None, IP, "user_create")
        assert await captcha.verify(None, stranger, "user_create")
        assert await captcha.verify(await solved(captcha), IP, "user_create")
        assert not await captcha.verify(None, stranger, "always")
        assert await captcha.verify(await solved(captcha, "always"), IP, "always")
        assert await captcha.verify(None, IP, "a flow that needs none")


async def test_a_wrong_response_is_refused_even_while_requests_are_free(database_dsn: str) -> None:
    async with running_identity(database_dsn, settings=SETTINGS) as services:
        assert not await ProofOfWork(services).verify("wrong", IP, "user_create")


async def test_t72_challenges_get_harder_for_who_asks_often(database_dsn: str) -> None:
    async with running_identity(database_dsn, settings=SETTINGS) as services:
        captcha = ProofOfWork(services)
        asked = [await captcha.challenge(IP, "user_create") for _ in range(7)]
        assert [one.difficulty for one in asked if one is not None] == [4, 4, 4, 6, 6, 8, 8]
        other = await captcha.challenge(Client("198.51.100.1"), "user_create")
        assert other is not None
        assert other.difficulty == 4


async def test_what_was_solved_is_forgotten_after_its_time(database_dsn: str) -> None:
    clock = ManualClock(SystemClock().now_ns())
    async with running_identity(database_dsn, settings=SETTINGS, clock=clock) as services:
        captcha = ProofOfWork(services)
        first = await solved(captcha)
        assert await captcha.verify(first, IP, "user_create")
        clock.advance(301 * 10**9)
        assert not await captcha.verify(first, IP, "user_create"), "late"
        assert await captcha.verify(await solved(captcha), IP, "user_create")
        async with services.database.connect() as connection:
            assert await connection.scalar(text("SELECT count(*) FROM used_captchas")) == 1


async def test_services_take_it_as_their_captcha(database_dsn: str) -> None:
    async with running_identity(database_dsn, settings=SETTINGS) as services:
        plugged = dataclasses.replace(services, captcha=ProofOfWork(services))
        assert plugged.captcha.kind == "none", "what front-ends of this line understand"

"""The built-in captcha: proof of work, self-hosted, asked for only where a network does more than people do.

Invariant: a solution counts once, for its flow and network; what a network asks for too often gets harder. Limit: it
prices requests, it does not tell people from machines; who shares a network shares its free requests.
"""

from pyxiu.identity import throttle
from pyxiu.identity.captcha.proof_of_work import check_response, make_challenge, network_of
from pyxiu.identity.captcha.store import use_once
from pyxiu.identity.model import Client
from pyxiu.identity.ports import CaptchaRegistration, Challenge
from pyxiu.identity.services import IdentityServices


class ProofOfWork:
    """Implements the port `Captcha`; `services` need not have a captcha themselves."""

    def __init__(self, services: IdentityServices) -> None:
        self._services = services
        self._settings = services.settings.captcha
        self.kind = self._settings.wire_type

    async def verify(self, response: str | None, client: Client, flow: str) -> bool:
        free = self._settings.flows.get(flow)
        if free is None:
            return True
        if response:
            return await self._solved(response, client, flow)
        if not free.limit:
            return False
        bucket, network = f"captcha_free:{flow}", network_of(client.ip)
        refused = await throttle.take(self._services, bucket, network, limit=free.limit, window_s=free.window_s)
        return refused is None

    async def challenge(self, client: Client, flow: str) -> Challenge | None:
        return make_challenge(
            self._services.sealer,
            flow=flow,
            ip=client.ip,
            difficulty=await self._difficulty(client),
            expires_at=self._now_s() + self._settings.lifetime_s,
        )

    async def register(self, client: Client) -> CaptchaRegistration | None:  # noqa: ARG002 - the port's signature
        return None

    async def _difficulty(self, client: Client) -> int:
        bits, network = 0, network_of(client.ip)
        for limit, more in self._settings.harder:
            bucket, window_s = f"captcha_challenges:{limit}", self._settings.rate_window_s
            if await throttle.take(self._services, bucket, network, limit=limit, window_s=window_s) is None:
                break
            bits = more
        return self._settings.difficulty + bits

    async def _solved(self, response: str, client: Client, flow: str) -> bool:
        now_s = self._now_s()
        solved = check_response(self._services.sealer, response, flow=flow, ip=client.ip, now_s=now_s)
        if solved is None:
            return False
        async with self._services.database.begin() as connection:
            return await use_once(connection, solved.id, expires_at_s=solved.expires_at, now_s=now_s)

    def _now_s(self) -> int:
        return self._services.clock.now_ns() // 10**9

"""The ledger: what a call may take is reserved before it in one Lua script, and settled after it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files
from time import time
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from .config import Tenant
from .limits import Counters, LocalLimits, call_key

logger = logging.getLogger(__name__)

BUDGET_TTL_SECONDS = 100 * 24 * 3600
"""A month and what is needed to look back on it."""

CALL_TTL_SECONDS = 2 * 3600
"""How long an unsettled reservation can still be settled. Afterwards it stays counted: the safe side."""

MAX_PENDING = 10_000
"""Settlements that wait for Redis; what is more is given up, and its reservation stays counted."""

AWAY_SECONDS = 1.0
"""After a failure Redis is left alone for so long: no request waits for its timeout again and again."""


@dataclass(frozen=True)
class Reservation:
    """What was counted for a call before it. `counters` is None when nothing was counted in Redis."""

    tenant: str
    call: str
    micro_usd: int
    tokens: int
    counters: Counters | None


class NoRoom(Exception):
    """A limit or the budget has no room for the call; `what` is `requests`, `tokens` or `budget`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class _LeftAlone(RedisError):
    """Redis was not asked, since it failed a moment ago."""


class LedgerAway(Exception):
    """Redis cannot be asked, and the tenant has a budget that must not be exceeded."""


def connect(url: str, timeout_seconds: float) -> Redis:
    """A client whose every wait is bounded. Both scripts may be sent twice, so one retry is safe."""
    return Redis.from_url(
        url,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
    )


class Ledger:
    """Limits and budgets of all tenants, shared by all gateways through Redis."""

    def __init__(self, redis: Redis, *, clock: Callable[[], float] = time) -> None:
        self._redis = redis
        self._clock = clock
        scripts = files(__package__)
        self._reserve = redis.register_script(scripts.joinpath("reserve.lua").read_text(encoding="utf-8"))
        self._settle = redis.register_script(scripts.joinpath("settle.lua").read_text(encoding="utf-8"))
        self._local = LocalLimits()
        self._away_until = 0.0
        self._pending: set[asyncio.Task[None]] = set()

    async def reserve(self, tenant: Tenant, call: str, tokens: int, micro_usd: int) -> Reservation:
        """Counts a call of at most so many tokens and micro-USD. Throws `NoRoom` and `LedgerAway`."""
        now = self._clock()
        unlimited = tenant.requests_per_minute is None and tenant.tokens_per_minute is None
        if unlimited and tenant.budget_micro_usd is None:
            return Reservation(tenant.name, call, micro_usd, tokens, None)
        counters = Counters.at(tenant.name, now)
        try:
            what = await self._ask(
                lambda: self._reserve(
                    keys=[call_key(tenant.name, call), counters.budget, counters.requests, counters.tokens],
                    args=[
                        micro_usd,
                        _limit(tenant.budget_micro_usd),
                        _limit(tenant.requests_per_minute),
                        tokens,
                        _limit(tenant.tokens_per_minute),
                        CALL_TTL_SECONDS,
                        BUDGET_TTL_SECONDS,
                    ],
                )
            )
        except (RedisError, OSError, TimeoutError) as error:
            if not isinstance(error, _LeftAlone):
                # A slow Redis may still count it, after the client gave up; and this call will not be made or not be
                # settled there.
                self._later(Reservation(tenant.name, call, micro_usd, tokens, counters), 0, 0, abandoned=True)
            if tenant.budget_micro_usd is not None:
                raise LedgerAway from error
            local = self._local.admit(tenant, tokens, now)
            if local is not None:
                raise NoRoom(local) from None
            return Reservation(tenant.name, call, micro_usd, tokens, None)
        if what[0] != "ok":
            raise NoRoom(what[0])
        return Reservation(tenant.name, call, micro_usd, tokens, counters)

    async def settle(self, reservation: Reservation, tokens: int, micro_usd: int) -> None:
        """Puts the real figures in the place of the reserved ones; tries again in the background when Redis is away."""
        if reservation.counters is None:
            return
        try:
            await self._settle_once(reservation, tokens, micro_usd)
        except (RedisError, OSError, TimeoutError):
            self._later(reservation, tokens, micro_usd)

    async def close(self, timeout_seconds: float = 5) -> None:
        """Waits for settlements that are under way, then leaves Redis."""
        if self._pending:
            _, late = await asyncio.wait(self._pending, timeout=timeout_seconds)
            for task in late:
                task.cancel()
            if late:
                logger.error("%d settlements were given up; their reservations stay counted", len(late))
        await self._redis.aclose()

    def _later(self, reservation: Reservation, tokens: int, micro_usd: int, *, abandoned: bool = False) -> None:
        if len(self._pending) >= MAX_PENDING:
            logger.error("call %s was not settled: too many wait; its reservation stays counted", reservation.call)
            return
        task = asyncio.create_task(self._settle_later(reservation, tokens, micro_usd, abandoned))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def _settle_once(
        self, reservation: Reservation, tokens: int, micro_usd: int, abandoned: bool = False
    ) -> None:
        if reservation.counters is None:
            return
        await self._settle(
            keys=[
                call_key(reservation.tenant, reservation.call),
                reservation.counters.budget,
                reservation.counters.tokens,
            ],
            args=[micro_usd, tokens, CALL_TTL_SECONDS if abandoned else 0],
        )

    async def _settle_later(self, reservation: Reservation, tokens: int, micro_usd: int, abandoned: bool) -> None:
        pause = 1.0
        until = self._clock() + CALL_TTL_SECONDS
        while self._clock() < until:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 60)
            try:
                return await self._settle_once(reservation, tokens, micro_usd, abandoned)
            except (RedisError, OSError, TimeoutError):
                continue
        logger.error("call %s was not settled; its reservation stays counted", reservation.call)

    async def _ask(self, question: Callable[[], Awaitable[Any]]) -> Any:
        if self._clock() < self._away_until:
            raise _LeftAlone("away a moment ago")
        try:
            return await question()
        except (RedisError, OSError, TimeoutError) as error:
            if self._clock() >= self._away_until:
                logger.warning("Redis cannot be asked: %s", type(error).__name__)
            self._away_until = self._clock() + AWAY_SECONDS
            raise


def _limit(limit: int | None) -> int:
    return -1 if limit is None else limit

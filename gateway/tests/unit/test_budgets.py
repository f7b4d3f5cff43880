"""Limits and budgets on a real Redis."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis import exceptions as redis_errors
from redis.asyncio import Redis

from llm_gateway import budgets
from llm_gateway.budgets import BUDGET_TTL_SECONDS, Ledger, LedgerAway, NoRoom, connect
from llm_gateway.config import Tenant
from llm_gateway.limits import Counters, call_key

from ..support import RedisServer

# 2026-11-30T23:59:30Z
TIME = 1_796_083_170.0

BUDGETED = Tenant("poor", ("chat",), budget_micro_usd=100)
LIMITED = Tenant("limited", ("chat",), requests_per_minute=2, tokens_per_minute=100)
FREE = Tenant("free", ("chat",))


class Clock:
    now = TIME

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    running = RedisServer(tmp_path_factory.mktemp("redis"))
    yield running
    running.kill()


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    client = connect(server.url, 5)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def ledger(redis: Redis, clock: Clock) -> Ledger:
    return Ledger(redis, clock=clock)


async def spent(redis: Redis, tenant: str = "poor") -> int:
    return int(await redis.get(Counters.at(tenant, TIME).budget) or 0)


def test_names_of_counters() -> None:
    assert Counters.at("a", TIME) == Counters("llm:{a}:budget:2026-11", "llm:{a}:rpm:29934719", "llm:{a}:tpm:29934719")
    assert Counters.at("a", TIME + 30).budget == "llm:{a}:budget:2026-12"


async def test_at_once_no_more_than_the_budget(ledger: Ledger, redis: Redis) -> None:
    calls = [ledger.reserve(BUDGETED, f"c{n}", 10, 30) for n in range(12)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    refused = [result for result in results if isinstance(result, NoRoom)]
    assert len(refused) == 9
    assert {error.what for error in refused} == {"budget"}
    assert await spent(redis) == 90
    assert BUDGET_TTL_SECONDS - 5 < await redis.ttl(Counters.at("poor", TIME).budget) <= BUDGET_TTL_SECONDS


async def test_the_whole_budget_can_be_spent(ledger: Ledger) -> None:
    await ledger.reserve(BUDGETED, "c1", 1, 100)
    with pytest.raises(NoRoom):
        await ledger.reserve(BUDGETED, "c2", 1, 1)


async def test_settled_to_the_real_cost_once(ledger: Ledger, redis: Redis) -> None:
    reservation = await ledger.reserve(BUDGETED, "c", 10, 60)
    assert await spent(redis) == 60
    await ledger.settle(reservation, 3, 25)
    await ledger.settle(reservation, 0, 0)
    assert await spent(redis) == 25
    assert int(await redis.get(Counters.at("poor", TIME).tokens)) == 3


async def test_the_same_call_is_counted_once(ledger: Ledger, redis: Redis) -> None:
    # As when the answer to the first was lost and the client of Redis asks again.
    await ledger.reserve(BUDGETED, "c", 10, 60)
    await ledger.reserve(BUDGETED, "c", 10, 60)
    assert await spent(redis) == 60


async def test_a_call_is_settled_in_the_month_in_which_it_began(ledger: Ledger, redis: Redis, clock: Clock) -> None:
    reservation = await ledger.reserve(BUDGETED, "c", 10, 60)
    clock.now = TIME + 60
    await ledger.settle(reservation, 1, 10)
    assert await spent(redis) == 10
    assert await redis.get(Counters.at("poor", clock.now).budget) is None
    await ledger.reserve(BUDGETED, "next", 10, 100)


async def test_what_is_refused_counts_nowhere(ledger: Ledger, redis: Redis) -> None:
    tenant = Tenant("poor", ("chat",), requests_per_minute=5, budget_micro_usd=100)
    with pytest.raises(NoRoom, match="budget"):
        await ledger.reserve(tenant, "c", 10, 101)
    assert await redis.keys("*") == []


async def test_requests_and_tokens_a_minute(ledger: Ledger, clock: Clock) -> None:
    first = await ledger.reserve(LIMITED, "c1", 90, 0)
    with pytest.raises(NoRoom, match="tokens"):
        await ledger.reserve(LIMITED, "c2", 11, 0)
    await ledger.settle(first, 20, 0)
    await ledger.reserve(LIMITED, "c3", 80, 0)
    with pytest.raises(NoRoom, match="requests"):
        await ledger.reserve(LIMITED, "c4", 0, 0)
    clock.now += 60
    await ledger.reserve(LIMITED, "c5", 100, 0)


async def test_a_tenant_without_limits_needs_no_redis(ledger: Ledger, redis: Redis) -> None:
    reservation = await ledger.reserve(FREE, "c", 10, 10)
    await ledger.settle(reservation, 1, 1)
    assert await redis.keys("*") == []


async def test_counts_outlast_a_restart(server: RedisServer, ledger: Ledger, redis: Redis, clock: Clock) -> None:
    await ledger.reserve(BUDGETED, "c", 10, 70)
    server.kill()
    server.start()
    clock.now += 2
    with pytest.raises(NoRoom, match="budget"):
        await ledger.reserve(BUDGETED, "c2", 10, 31)
    assert await spent(redis) == 70


async def test_without_redis(server: RedisServer, redis: Redis, clock: Clock) -> None:
    ledger = Ledger(redis, clock=clock)
    before = await ledger.reserve(BUDGETED, "before", 10, 50)
    server.kill()
    try:
        with pytest.raises(LedgerAway):
            await ledger.reserve(BUDGETED, "c", 10, 10)
        for number in range(2):
            await ledger.reserve(LIMITED, f"l{number}", 10, 0)
        with pytest.raises(NoRoom, match="requests"):
            await ledger.reserve(LIMITED, "l3", 10, 0)
        await ledger.reserve(FREE, "f", 10, 10)
        await ledger.settle(before, 1, 20)
    finally:
        server.start()
    # The settlement is made up for, and Redis is asked again.
    for _ in range(1200):
        await asyncio.sleep(0.05)
        if await spent(redis) == 20:
            break
    assert await spent(redis) == 20
    clock.now += 2
    await ledger.reserve(BUDGETED, "after", 10, 80)


async def test_a_redis_that_hangs_is_away_after_its_timeout(clock: Clock) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        client = connect(f"redis://127.0.0.1:{port}/0", 0.1)
        waits = client.connection_pool.connection_kwargs
        assert (waits["socket_timeout"], waits["socket_connect_timeout"]) == (0.1, 0.1)
        ledger = Ledger(client, clock=clock)
        with pytest.raises(LedgerAway):
            await asyncio.wait_for(ledger.reserve(BUDGETED, "c", 1, 1), 30)
        await client.aclose()


class Slow:
    """A script whose answer comes after the client gave up: it is executed all the same."""

    def __init__(self, script: Any, *, before: bool) -> None:
        self._script = script
        self._before = before
        self.late: Any = None

    async def __call__(self, **arguments: Any) -> Any:
        if self._before:
            await self._script(**arguments)
        self.late = lambda: self._script(**arguments)
        raise redis_errors.TimeoutError


async def settled(ledger: Ledger) -> None:
    for _ in range(1200):
        if not ledger._pending:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("a settlement is still pending")


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("tenant", [BUDGETED, LIMITED])
async def test_a_reservation_that_redis_counts_too_late_is_given_back(
    ledger: Ledger, redis: Redis, monkeypatch: pytest.MonkeyPatch, tenant: Tenant, before: bool
) -> None:
    slow = Slow(ledger._reserve, before=before)
    monkeypatch.setattr(ledger, "_reserve", slow)
    if tenant is BUDGETED:
        with pytest.raises(LedgerAway):
            await ledger.reserve(tenant, "c", 10, 60)
    else:
        await ledger.reserve(tenant, "c", 10, 60)
    # Once: Redis is left alone afterwards.
    with contextlib.suppress(LedgerAway):
        await ledger.reserve(tenant, "c2", 10, 60)
    assert len(ledger._pending) == 1
    await settled(ledger)
    # Redis may execute it again, or only now.
    await slow.late()
    assert await spent(redis, tenant.name) == 0
    assert int(await redis.get(Counters.at(tenant.name, TIME).tokens) or 0) == 0


async def test_few_settlements_wait(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    monkeypatch.setattr(budgets, "MAX_PENDING", 2)
    monkeypatch.setattr(ledger, "_reserve", Slow(ledger._reserve, before=False))
    for number in range(4):
        with pytest.raises(LedgerAway):
            await ledger.reserve(BUDGETED, f"c{number}", 1, 1)
        clock.now += 2
    assert len(ledger._pending) == 2
    assert "call c2 was not settled: too many wait" in caplog.text
    await settled(ledger)


async def test_figures_that_are_none_leave_the_reservation(ledger: Ledger, redis: Redis) -> None:
    reservation = await ledger.reserve(BUDGETED, "c", 10, 60)
    counters = Counters.at("poor", TIME)
    keys = [call_key("poor", "c"), counters.budget, counters.tokens]
    for figures in (["none", 1], [5, "none"]):
        with pytest.raises(redis_errors.ResponseError):
            await ledger._settle(keys=keys, args=[*figures, 0])
    assert await spent(redis) == 60
    await ledger.settle(reservation, 3, 25)
    assert await spent(redis) == 25

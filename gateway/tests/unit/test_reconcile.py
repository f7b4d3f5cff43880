from __future__ import annotations

import json
from pathlib import Path

import pytest

from llm_gateway.budgets import connect
from llm_gateway.reconcile import audited, reconcile

from ..support import RedisServer


def line(call: str, tenant: str, cost: int, time: str = "2026-11-30T23:59:59.000Z") -> str:
    return json.dumps({"log": "audit", "requestId": call, "tenant": tenant, "costMicroUsd": cost, "time": time})


def test_sums_by_tenant_and_month() -> None:
    lines = [
        line("1", "a", 10),
        line("2", "a", 5),
        line("2", "a", 5),
        line("3", "a", 7, "2026-12-01T00:00:00.000Z"),
        line("4", "b", 0),
        '{"log":"other"}',
        "no json",
        "[]",
    ]
    assert audited(lines) == {("a", "2026-11"): 15, ("a", "2026-12"): 7}


@pytest.mark.parametrize("raise_counters", [False, True])
async def test_counters_are_raised_and_never_lowered(tmp_path: Path, raise_counters: bool) -> None:
    server = RedisServer(tmp_path)
    redis = connect(server.url, 5)
    try:
        await redis.set("llm:{low}:budget:2026-11", 3)
        await redis.set("llm:{high}:budget:2026-11", 30)
        sums = {(tenant, "2026-11"): 10 for tenant in ("low", "high", "gone")}
        found = await reconcile(redis, sums, raise_counters=raise_counters)
        assert {(d.tenant, d.counted, d.too_low, d.raised) for d in found} == {
            ("low", 3, True, raise_counters),
            ("high", 30, False, False),
            ("gone", 0, True, raise_counters),
        }
        after = [await redis.get(f"llm:{{{tenant}}}:budget:2026-11") for tenant in ("low", "high", "gone")]
        assert after == (["10", "30", "10"] if raise_counters else ["3", "30", None])
    finally:
        await redis.aclose()
        server.kill()

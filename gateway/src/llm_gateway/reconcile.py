"""`python -m llm_gateway.reconcile < audit.jsonl`: the audit log beside the counters of budgets, once a day.

The counters are money in a store that can lose its last seconds. What the log says was spent is the least that they may
say; calls under way are in the counters alone. Prints a line of JSON for each tenant and month, and ends with 1 when a
counter is too low. With `--raise` it is raised instead. `REDIS_URL` and `POLICY_CONFIG` are those of the gateway.
Tenants without a budget are left out, since theirs need not be counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from redis.asyncio import Redis

from .budgets import BUDGET_TTL_SECONDS, connect
from .config import load
from .limits import budget_key

_RAISE = """
local counted = tonumber(redis.call('GET', KEYS[1]) or '0')
if counted < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
return tostring(counted)
"""


@dataclass(frozen=True)
class Difference:
    """One tenant's month, in micro-USD."""

    tenant: str
    month: str
    audited: int
    counted: int
    raised: bool

    @property
    def too_low(self) -> bool:
        """Whether the counter forgot something."""
        return self.counted < self.audited


def audited(lines: Iterable[str]) -> dict[tuple[str, str], int]:
    """Sums of the audit log by tenant and month. A call that is in it twice counts once; other lines are left out."""
    sums: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if not isinstance(entry, dict) or entry.get("log") != "audit" or entry["requestId"] in seen:
            continue
        # Log collectors deliver at least once.
        seen.add(entry["requestId"])
        if entry["costMicroUsd"] > 0:
            key = (entry["tenant"], entry["time"][:7])
            sums[key] = sums.get(key, 0) + entry["costMicroUsd"]
    return sums


async def reconcile(redis: Redis, sums: dict[tuple[str, str], int], *, raise_counters: bool) -> list[Difference]:
    """Compares, and raises what is too low where that is asked for. It never lowers a counter."""
    differences = []
    script = redis.register_script(_RAISE)
    for (tenant, month), total in sorted(sums.items()):
        key = budget_key(tenant, month)
        if raise_counters:
            counted = int(await script(keys=[key], args=[total, BUDGET_TTL_SECONDS]))
        else:
            counted = int(await redis.get(key) or 0)
        differences.append(Difference(tenant, month, total, counted, raise_counters and counted < total))
    return differences


async def _main() -> int:
    parser = argparse.ArgumentParser(prog="llm_gateway.reconcile")
    parser.add_argument("--raise", dest="raise_counters", action="store_true", help="raise counters that are too low")
    options = parser.parse_args()
    tenants = load(os.environ["POLICY_CONFIG"]).tenants
    budgeted = {name for name, tenant in tenants.items() if tenant.budget_micro_usd is not None}
    sums = {key: total for key, total in audited(sys.stdin).items() if key[0] in budgeted}
    redis = connect(os.environ["REDIS_URL"], 5)
    try:
        differences = await reconcile(redis, sums, raise_counters=options.raise_counters)
    finally:
        await redis.aclose()
    for difference in differences:
        print(json.dumps({**difference.__dict__, "tooLow": difference.too_low}))
    return int(any(difference.too_low and not difference.raised for difference in differences))


if __name__ == "__main__":
    raise SystemExit(asyncio.run(_main()))

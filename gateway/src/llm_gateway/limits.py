"""Names of the counters in Redis, and the count that one process keeps while Redis is away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from .config import Tenant


@dataclass(frozen=True)
class Counters:
    """The counters of one tenant at one time. The braces keep them in one slot of a Redis cluster."""

    budget: str
    requests: str
    tokens: str

    @classmethod
    def at(cls, tenant: str, time: float) -> Counters:
        """Months and minutes are those of UTC. `time`: seconds since 1970."""
        month = datetime.fromtimestamp(time, UTC).strftime("%Y-%m")
        minute = int(time // 60)
        prefix = f"llm:{{{tenant}}}"
        return cls(budget_key(tenant, month), f"{prefix}:rpm:{minute}", f"{prefix}:tpm:{minute}")


def budget_key(tenant: str, month: str) -> str:
    """Where a month's money is counted, in micro-USD. `month`: such as 2026-11."""
    return f"llm:{{{tenant}}}:budget:{month}"


def call_key(tenant: str, call: str) -> str:
    """Where the reservation of one call is remembered."""
    return f"llm:{{{tenant}}}:call:{call}"


@dataclass
class LocalLimits:
    """Limits of this process alone: at worst a tenant gets its limit once a process. It never counts money."""

    _minute: int = 0
    _requests: dict[str, int] = field(default_factory=dict)
    _tokens: dict[str, int] = field(default_factory=dict)

    def admit(self, tenant: Tenant, tokens: int, time: float) -> str | None:
        """Counts a call; returns `requests` or `tokens` when there is no room for it."""
        minute = int(time // 60)
        if minute != self._minute:
            self._minute, self._requests, self._tokens = minute, {}, {}
        requests = self._requests.get(tenant.name, 0) + 1
        if tenant.requests_per_minute is not None and requests > tenant.requests_per_minute:
            return "requests"
        total = self._tokens.get(tenant.name, 0) + tokens
        if tenant.tokens_per_minute is not None and total > tenant.tokens_per_minute:
            return "tokens"
        self._requests[tenant.name], self._tokens[tenant.name] = requests, total
        return None

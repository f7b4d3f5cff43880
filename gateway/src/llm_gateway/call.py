"""One call, from its first byte to its settlement."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic, time
from typing import Any

from .budgets import Reservation
from .config import Model, Tenant
from .usage import Streamed, Usage


class End(StrEnum):
    """How a call ended."""

    COMPLETE = "complete"
    REFUSED = "refused"
    """By this program; no engine was asked."""
    ERROR = "error"
    """Nothing was delivered."""
    BROKEN = "broken"
    """The stream ended before its end."""
    VANISHED = "vanished"
    """The client went away before the end."""
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    """By a guardrail, while it was answered."""


@dataclass
class Call:
    """What is known of one call."""

    id: str
    route: str
    tenant: Tenant
    key: str
    """The fingerprint of the key."""
    body: dict[str, Any] = field(default_factory=dict, repr=False)
    model: Model | None = None
    """The model that was asked for."""
    answered_by: Model | None = None
    """The model that was asked last: a fallback, or the one asked for."""
    attempts: list[str] = field(default_factory=list)
    """Models that were asked, in their order."""
    reservation: Reservation | None = None
    settled: bool = False
    input_size: int = 0
    """Bytes of the body."""
    usage: Usage | None = None
    streamed: Streamed = field(default_factory=Streamed)
    cache_hit: bool = False
    revision: str | None = None
    status: int = 0
    end: End = End.ERROR
    reason: str | None = None
    """Why it was refused or failed; a fixed word."""
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    answer: Any = field(default=None, repr=False)
    """The whole answer, where the tenant's prompts are logged."""
    started: float = field(default_factory=time)
    _began: float = field(default_factory=monotonic)
    first_output_seconds: float | None = None

    @property
    def stream(self) -> bool:
        """Whether the answer comes as a stream."""
        return self.body.get("stream") is True

    def elapsed(self) -> float:
        """Seconds since it began."""
        return monotonic() - self._began


current_call: ContextVar[Call | None] = ContextVar("current_call", default=None)
"""The call that the engine works on in this task: how the engine's hooks find it."""

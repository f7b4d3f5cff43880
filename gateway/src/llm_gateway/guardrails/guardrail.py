"""The interface that every kind of guardrail has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from .verdict import Assessment, Body, Finding


@dataclass(frozen=True)
class Filtered:
    """Text that may be delivered now."""

    text: str = field(default="", repr=False)
    findings: tuple[Finding, ...] = ()
    stopped: bool = False
    """Nothing may be delivered after `text`."""


class TextFilter(Protocol):
    """Reads one text as it arrives. However the text is cut, what comes out, put together, is the same."""

    async def feed(self, text: str, *, final: bool = False) -> Filtered:
        """Takes the next piece; `final` says that none follows, so nothing is held back any longer."""
        ...


class Guardrail(Protocol):
    """Looks at what goes in and what comes out. What is done about a finding is the chain's affair."""

    @property
    def name(self) -> str:
        """As tenants name it."""
        ...

    async def before(self, request: Body) -> Assessment:
        """Judges a request. Does not change it."""
        ...

    def during(self, *, where: str, stop: bool) -> TextFilter | None:
        """A filter for one text of an answer; None when answers are not looked at.

        `stop`: the text ends before the first finding that stops; otherwise the finding is replaced, where it can be.
        """
        ...

    async def after(self, answer: Body, *, stop: bool) -> Assessment:
        """Judges a whole answer, text by text, by the filters of `during`. Does not change it."""
        ...

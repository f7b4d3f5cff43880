"""What a guardrail found, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Body = dict[str, Any]
"""The body of an OpenAI request, answer or event of a stream, as it came from JSON."""


class Action(StrEnum):
    """What a tenant wants done about a finding."""

    BLOCK = "block"
    MASK = "mask"
    REPORT = "report"


class Outcome(StrEnum):
    """What was done."""

    PASS = "pass"  # noqa: S105 - no password
    REPORT = "report"
    MASK = "mask"
    BLOCK = "block"


class Severity(StrEnum):
    """What a finding asks for, whatever the tenant's action is."""

    STOP = "stop"
    """`block` stops for it, `mask` replaces it."""
    DISARM = "disarm"
    """Both replace it: active HTML has a form that does nothing."""
    NOTE = "note"
    """Written down only."""


@dataclass(frozen=True)
class Finding:
    """One thing found. It says where, never what: verdicts are written to the audit log."""

    kind: str
    """Such as `EMAIL_ADDRESS` or `role`; a fixed word of the guardrail, never text of the request."""
    where: str
    """Path in the body, such as `messages[2].content[0].text`; in a stream the choice and its field."""
    start: int | None = None
    """First character, counted in the text at `where`."""
    end: int | None = None
    """Character after the last one."""
    score: float | None = None
    """Between 0 and 1, where the guardrail has one."""
    severity: Severity = Severity.STOP


@dataclass(frozen=True)
class Assessment:
    """What one guardrail found in one body."""

    findings: tuple[Finding, ...] = ()
    masked: Body | None = field(default=None, repr=False)
    """The body with the findings replaced; None where they cannot be. Not printed: it holds content."""
    message: str = ""
    """For the person who asked: what was expected and what to do. Holds no content."""


@dataclass(frozen=True)
class Verdict:
    """What one guardrail, or the whole chain, made of a body."""

    action: Outcome = Outcome.PASS
    rule: str | None = None
    """Name of the guardrail that decided."""
    message: str = ""
    """For the person who asked. Holds no content."""
    findings: tuple[Finding, ...] = ()
    body: Body | None = field(default=None, repr=False)
    """What to go on with instead of the body that was judged; None: go on with that. Not printed: it holds content."""
    parts: tuple[Verdict, ...] = ()
    """Verdicts of the single guardrails, for the audit log."""

    def to_log(self) -> dict[str, Any]:
        """For the audit log: without content, without positions."""
        counts: dict[str, int] = {}
        for finding in self.findings:
            counts[finding.kind] = counts.get(finding.kind, 0) + 1
        log: dict[str, Any] = {"action": str(self.action), "rule": self.rule, "findings": counts}
        if self.parts:
            log["parts"] = [part.to_log() for part in self.parts]
        return log

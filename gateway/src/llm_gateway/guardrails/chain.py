"""The guardrails of one tenant, one behind the other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from typing import Any

from .chat_stream import ChatStream
from .guard_model import GuardModel
from .guardrail import Guardrail
from .injection_rules import InjectionRules
from .input_rules import InputRules
from .options import GuardrailConfigError, Options
from .output_rules import OutputRules
from .pii import Pii
from .pipeline import Guard, Record
from .resources import Resources, shared_resources
from .response_stream import ResponseStream
from .verdict import Action, Assessment, Body, Outcome, Severity, Verdict

KINDS = ("guard-model", "injection-rules", "input-rules", "output-rules", "pii")
MASKING_KINDS = ("output-rules", "pii")
"""Kinds that have something to put in the place of what they find."""


class GuardedStream:
    """A stream that guardrails read along. `verdict` is whole when it has ended, also when nobody took all of it."""

    def __init__(self, guards: tuple[Guard, ...], stream: AsyncIterator[Body]) -> None:
        self._guards = guards
        self._stream = stream
        self._record = Record()
        self._chunks = self._run()

    def __aiter__(self) -> AsyncIterator[Body]:
        return self._chunks

    async def aclose(self) -> None:
        """Ends the upstream too, for when the client has gone away."""
        await self._chunks.aclose()
        await self._close_upstream()

    @property
    def verdict(self) -> Verdict:
        """What was found up to now."""
        return self._record.verdict()

    async def _run(self) -> AsyncGenerator[Body, None]:
        try:
            first = await anext(self._stream, None)
            if first is None:
                return
            is_response = isinstance(first.get("type"), str)
            shape = ResponseStream if is_response else ChatStream
            # Closed one after the other, from the outer to the inner.
            async with (
                aclosing(_joined(first, self._stream)) as joined,
                aclosing(shape(self._guards, self._record).chunks(joined)) as chunks,
            ):
                async for chunk in chunks:
                    yield chunk
        finally:
            await self._close_upstream()

    async def _close_upstream(self) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


async def _joined(first: Body, rest: AsyncIterator[Body]) -> AsyncGenerator[Body, None]:
    yield first
    async for chunk in rest:
        yield chunk


class GuardrailChain:
    """Applies guardrails in the order in which the tenant names them. The first one that blocks ends the chain."""

    def __init__(self, guards: Iterable[tuple[Guardrail, Action]]) -> None:
        self._guards = tuple(Guard(guardrail, action) for guardrail, action in guards)

    @classmethod
    def from_config(
        cls, guardrails: Iterable[Mapping[str, Any]], tenant: object, resources: Resources | None = None
    ) -> GuardrailChain:
        """The chain of a tenant: `guardrails` of policy.json, and a tenant of it (or an object with `guardrails`).

        Throws `GuardrailConfigError` with every problem. `resources` are shared by all chains; those of the program by
        default.
        """
        problems: list[str] = []
        built = _build(guardrails, resources or shared_resources(), problems)
        guards = []
        for position, item in enumerate(_field(tenant, "guardrails") or ()):
            where = f"tenants[{_field(tenant, 'name')}].guardrails[{position}]"
            name = _field(item, "name")
            action = _field(item, "action") or Action.BLOCK
            if name not in built:
                problems.append(
                    f"{where}.name: expected one of {', '.join(built)}, got {name!r}; declare it, or take it off"
                )
            elif action not in tuple(Action):
                problems.append(f"{where}.action: expected block, mask or report, got {action!r}; use one of them")
            elif action == Action.MASK and built[name][0] not in MASKING_KINDS:
                problems.append(
                    f"{where}.action: expected block or report, got 'mask'; {built[name][0]} has nothing to mask"
                )
            else:
                guards.append((built[name][1], Action(action)))
        if problems:
            raise GuardrailConfigError(problems)
        return cls(guards)

    async def before(self, request: Body) -> Verdict:
        """Judges a request. `body` of the verdict is the request to send, where it was masked."""
        record = Record()
        body = request
        for guard in self._guards:
            assessment = await guard.guardrail.before(body)
            outcome = _outcome(guard.action, assessment)
            record.note(guard.guardrail.name, assessment.findings, outcome, assessment.message)
            if outcome == Outcome.BLOCK:
                return record.verdict()
            if outcome == Outcome.MASK and assessment.masked is not None:
                body = assessment.masked
        return _with_body(record.verdict(), body, request)

    def during(self, stream: AsyncIterator[Body]) -> GuardedStream:
        """The stream as it may be delivered: chunks of chat completions and completions, or events of responses."""
        return GuardedStream(self._guards, stream)

    async def after(self, answer: Body) -> Verdict:
        """Judges a whole answer. `body` of the verdict is the answer to deliver, where it was masked."""
        record = Record()
        body = answer
        for guard in self._guards:
            assessment = await guard.guardrail.after(body, stop=guard.action == Action.BLOCK)
            outcome = _outcome(guard.action, assessment)
            record.note(guard.guardrail.name, assessment.findings, outcome, assessment.message)
            if outcome == Outcome.BLOCK:
                return record.verdict()
            if outcome == Outcome.MASK and assessment.masked is not None:
                body = assessment.masked
        return _with_body(record.verdict(), body, answer)


def guardrail_problems(guardrails: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every problem of the guardrails of policy.json, for the check at the program's start."""
    problems: list[str] = []
    _build(guardrails, Resources(), problems)
    return problems


def _build(
    guardrails: Iterable[Mapping[str, Any]], resources: Resources, problems: list[str]
) -> dict[str, tuple[str, Guardrail]]:
    built: dict[str, tuple[str, Guardrail]] = {}
    for position, values in enumerate(guardrails):
        where = f"guardrails[{position}]"
        options = Options(values, where, problems)
        name = values.get("name")
        kind = values.get("kind")
        if not isinstance(name, str) or not name:
            options.problem("name", "a name", name, "give it one; tenants name it so")
            continue
        if name in built:
            options.problem("name", "a name that no other guardrail has", name, "rename one of them")
        if kind not in KINDS:
            options.problem("kind", f"one of {', '.join(KINDS)}", kind, "use one of them")
            continue
        built[name] = (kind, _of_kind(kind, name, options, resources))
        options.check_known()
    return built


def _of_kind(kind: str, name: str, options: Options, resources: Resources) -> Guardrail:
    if kind == "guard-model":
        return GuardModel.from_options(name, options, resources)
    if kind == "pii":
        return Pii.from_options(name, options, resources)
    if kind == "injection-rules":
        return InjectionRules.from_options(name, options)
    if kind == "input-rules":
        return InputRules.from_options(name, options)
    return OutputRules.from_options(name, options)


def _outcome(action: Action, assessment: Assessment) -> Outcome:
    if not assessment.findings:
        return Outcome.PASS
    severities = {finding.severity for finding in assessment.findings}
    if action == Action.REPORT or severities == {Severity.NOTE}:
        return Outcome.REPORT
    stops = action == Action.BLOCK and Severity.STOP in severities
    # What was to be masked and cannot be does not pass.
    return Outcome.BLOCK if stops or assessment.masked is None else Outcome.MASK


def _with_body(verdict: Verdict, body: Body, original: Body) -> Verdict:
    if body is original:
        return verdict
    return Verdict(verdict.action, verdict.rule, verdict.message, verdict.findings, body, verdict.parts)


def _field(item: object, name: str) -> Any:
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)

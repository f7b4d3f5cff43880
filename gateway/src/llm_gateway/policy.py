"""Joins the rules: who asks, whether it may, what it may take, and what it took."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import replace
from time import time
from typing import Any, Protocol

from . import requests
from .audit import AuditLog, audit_line
from .budgets import Ledger, LedgerAway, NoRoom
from .call import Call, End
from .config import Config, Model, Tenant
from .metrics import Metrics
from .requests import BadRequest, Body
from .tenants import Key, Keyring
from .usage import Usage

logger = logging.getLogger(__name__)


class Verdict(Protocol):
    """What guardrails made of a body."""

    @property
    def action(self) -> str:
        """`pass`, `report`, `mask` or `block`."""
        ...

    @property
    def message(self) -> str:
        """For the person who asked."""
        ...

    @property
    def body(self) -> Body | None:
        """What to go on with; None: the body that was judged."""
        ...

    def to_log(self) -> dict[str, Any]:
        """For the audit log: without content."""
        ...


class GuardedStream(Protocol):
    """A stream that guardrails read along."""

    @property
    def verdict(self) -> Verdict:
        """What was found up to now."""
        ...

    def __aiter__(self) -> AsyncIterator[Body]:
        """The events that may be delivered."""
        ...

    async def aclose(self) -> None:
        """Ends it early."""
        ...


class Guardrails(Protocol):
    """A tenant's guardrails, before, during and after a call."""

    async def before(self, request: Body) -> Verdict:
        """Judges a request."""
        ...

    def during(self, stream: AsyncIterator[Body]) -> GuardedStream:
        """Events of a stream as they may be delivered."""
        ...

    async def after(self, answer: Body) -> Verdict:
        """Judges a whole answer."""
        ...


class Refused(Exception):
    """The call is refused, with an answer in the form that OpenAI's clients know."""

    def __init__(self, status: int, reason: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.message = message
        self.headers = dict(headers or {})


class Policy:
    """The rules of one configuration. It knows nothing of HTTP beyond statuses, and nothing of the engine."""

    def __init__(
        self,
        config: Config,
        keyring: Keyring,
        ledger: Ledger,
        audit: AuditLog,
        *,
        guardrails: Mapping[str, Guardrails] | None = None,
        metrics: Metrics | None = None,
        clock: Callable[[], float] = time,
    ) -> None:
        self.config = config
        self._keyring = keyring
        self._ledger = ledger
        self._audit = audit
        self._guardrails = guardrails or {}
        self.metrics = metrics or Metrics()
        self._clock = clock

    def authenticate(self, authorization: str | None) -> tuple[Tenant, Key]:
        """Who asks, from the header `Authorization`. Throws `Refused` with 401."""
        scheme, _, key = (authorization or "").partition(" ")
        owner = self._keyring.find(key.strip()) if scheme.lower() == "bearer" and key.strip() else None
        if owner is None:
            self.metrics.refused("-", "unauthenticated")
            raise Refused(
                401,
                "invalid_api_key",
                "expected a key of a tenant in the header Authorization: Bearer …",
                {"www-authenticate": "Bearer"},
            )
        return self.config.tenants[owner.tenant], owner

    def models(self, tenant: Tenant) -> Body:
        """The answer to GET /v1/models."""
        return {
            "object": "list",
            "data": [{"id": name, "object": "model", "created": 0, "owned_by": "platform"} for name in tenant.models],
        }

    async def admit(self, call: Call, raw: bytes) -> None:
        """Checks the request, prepares `call.body` for the engine, and reserves what it may take. Throws `Refused`."""
        try:
            await self._admit(call, raw)
        except BadRequest as error:
            raise Refused(400, "invalid_request_error", str(error)) from None

    async def _admit(self, call: Call, raw: bytes) -> None:
        tenant, route = call.tenant, call.route
        body = requests.parse(raw)
        requests.check(route, body)
        if body["model"] not in tenant.models:
            # The same for models that do not exist: which ones others have is nobody's business.
            raise Refused(403, "model_not_allowed", f"model: {body['model'][:60]!r} is not one of this tenant's models")
        call.model = self.config.models[body["model"]]
        guardrails = self._guardrails.get(tenant.name)
        if guardrails is not None:
            verdict = await guardrails.before(body)
            if verdict.action != "pass":
                call.verdicts.append({"phase": "before", **verdict.to_log()})
            if verdict.action == "block":
                raise Refused(400, "guardrail_blocked", verdict.message or "the request was refused by a guardrail")
            if verdict.body is not None:
                body = verdict.body
        # Not before: what guardrails refused, or failed on, is written down nowhere.
        call.body = body
        candidates = self._candidates(tenant, call.model)
        requests.check_input(route, body, len(raw), candidates)
        output_tokens = requests.bound_output(route, body, call.model)
        call.input_size = len(raw)
        bounds = [(requests.input_bound(route, body, len(raw), model), model) for model in candidates]
        try:
            call.reservation = await self._ledger.reserve(
                tenant,
                call.id,
                tokens=max(tokens for tokens, _ in bounds) + output_tokens,
                # Whichever of them answers, it costs no more.
                micro_usd=max(model.micro_usd(tokens, output_tokens) for tokens, model in bounds),
            )
        except NoRoom as error:
            raise self._no_room(tenant, error.what) from None
        except LedgerAway:
            raise Refused(
                503, "budget_unavailable", "the budget cannot be checked at present; try again", {"retry-after": "5"}
            ) from None

    def prepared(self, call: Call) -> Body:
        """The body for the engine: with a cache of the tenant's own or none, and with usage at the end of a stream."""
        body = dict(call.body)
        asked = body.pop("cache", None)
        asked = asked if isinstance(asked, dict) else {}
        body.pop("store", None)
        if call.route == requests.RESPONSES:
            body["store"] = False
        # Of other answers the engine does not say whether they come from the cache: they could not be charged rightly.
        if call.tenant.cache == "exact" and call.route in (requests.CHAT, requests.COMPLETIONS):
            # Set, never taken over: a client that names a namespace would read another tenant's answers.
            body["cache"] = {
                "use-cache": True,
                "namespace": self.namespace(call.tenant),
                **{name: True for name in ("no-cache", "no-store") if asked.get(name) is True},
            }
        else:
            body["cache"] = {"no-cache": True, "no-store": True}
        if call.stream and call.route != requests.RESPONSES:
            body["stream_options"] = {**(body.get("stream_options") or {}), "include_usage": True}
        return body

    def namespace(self, tenant: Tenant) -> str:
        """The name under which a tenant's answers are cached."""
        return f"llm:{{{tenant.name}}}:cache"

    def cache_salt(self, tenant: Tenant) -> str:
        """What keeps a tenant's prefixes apart in an engine's key/value cache.

        It is no secret: no request may state one, so nobody can take another tenant's.
        """
        return hashlib.sha256(f"llm-gateway:{tenant.name}".encode()).hexdigest()

    def may_ask(self, tenant: Tenant, model: str) -> Model | None:
        """The model, if the tenant may use it; also asked for each fallback."""
        return self.config.models[model] if model in tenant.models else None

    async def during(self, call: Call, stream: AsyncIterator[Body]) -> AsyncGenerator[Body, None]:
        """The stream as the tenant's guardrails let it through."""
        guardrails = self._guardrails.get(call.tenant.name)
        if guardrails is None:
            async for event in stream:
                yield event
            return
        guarded = guardrails.during(stream)
        try:
            async for event in guarded:
                yield event
        finally:
            # Also when the client went away: what was found until then is written down.
            if guarded.verdict.action != "pass":
                call.verdicts.append({"phase": "during", **guarded.verdict.to_log()})
            await guarded.aclose()

    async def after(self, call: Call, answer: Body) -> Body:
        """A whole answer as it may be delivered. Throws `Refused`."""
        guardrails = self._guardrails.get(call.tenant.name)
        if guardrails is None:
            return answer
        verdict = await guardrails.after(answer)
        if verdict.action != "pass":
            call.verdicts.append({"phase": "after", **verdict.to_log()})
        if verdict.action == "block":
            raise Refused(400, "content_filter", verdict.message or "the answer was refused by a guardrail")
        return answer if verdict.body is None else verdict.body

    async def settle(self, call: Call) -> None:
        """Puts what the call took in the place of what was reserved, once.

        Before its last byte is sent: a client that asks again at once finds the room that it left.
        """
        if call.reservation is None or call.settled:
            return
        call.settled = True
        usage, micro_usd = self._taken(call)
        model = call.answered_by or call.model
        if call.usage is not None and model is not None and not call.cache_hit:
            whole = model.micro_usd(usage.input_tokens, usage.output_tokens)
            if usage != call.usage or whole > micro_usd:
                logger.error("call %s took more than was reserved, as the upstream says; it is bounded", call.id)
        tokens = 0 if call.cache_hit else usage.input_tokens + usage.output_tokens
        await self._ledger.settle(call.reservation, tokens, micro_usd)

    async def close(self, call: Call) -> None:
        """Settles the call where it is not yet, and writes it down. Every call ends here, however it ended."""
        await self.settle(call)
        usage, micro_usd = self._taken(call)
        self._audit.write(audit_line(call, usage, micro_usd))
        self.metrics.ended(call, usage, micro_usd)

    def _taken(self, call: Call) -> tuple[Usage, int]:
        model = call.answered_by or call.model
        usage = call.usage
        if usage is None:
            late = call.end is End.TIMEOUT or call.status in (408, 504)
            if call.end is End.REFUSED or (call.end is End.ERROR and not late) or model is None or not call.attempts:
                return Usage(0, 0), 0
            if call.end is End.COMPLETE or not call.stream or call.status in (408, 504) or not model.self_hosted:
                # It was generated, and nobody says how much: what was reserved stays. Servers of the platform end with
                # the connection; others may generate, and charge, to the end, and not all of it is delivered.
                reserved = call.reservation.micro_usd if call.reservation else 0
                tokens = call.reservation.tokens if call.reservation else 0
                return Usage(tokens, 0, guessed=True), 0 if call.cache_hit else reserved
            guessed = requests.guessed_tokens(call.input_size)
            usage = Usage(min(guessed, model.max_input_tokens), call.streamed.tokens, guessed=True)
        if call.cache_hit or model is None:
            return usage, 0
        if call.reservation is None:
            return usage, model.micro_usd(usage.input_tokens, usage.output_tokens)
        # Upstreams state what they like: numbers beyond any bound would end the counting.
        most = call.reservation.tokens
        given = min(usage.input_tokens, most)
        usage = replace(usage, input_tokens=given, output_tokens=min(usage.output_tokens, most - given))
        micro_usd = model.micro_usd(usage.input_tokens, usage.output_tokens)
        return usage, min(micro_usd, call.reservation.micro_usd)

    def _candidates(self, tenant: Tenant, model: Model) -> list[Model]:
        """The model and every fallback, and theirs, that the tenant may use."""
        found = [model]
        for candidate in found:
            for name in candidate.fallbacks:
                fallback = self.config.models[name]
                if name in tenant.models and fallback not in found:
                    found.append(fallback)
        return found

    def _no_room(self, tenant: Tenant, what: str) -> Refused:
        now = self._clock()
        next_minute = {"retry-after": str(60 - int(now % 60))}
        if what == "requests":
            limit = tenant.requests_per_minute
            return Refused(429, "rate_limit_exceeded", f"more than {limit} requests a minute; try again", next_minute)
        if what == "tokens":
            limit = tenant.tokens_per_minute
            message = f"no room for this request in {limit} tokens a minute; try again, or lower its limit of output"
            return Refused(429, "rate_limit_exceeded", message, next_minute)
        return Refused(
            429, "insufficient_quota", "the budget of this month has no room for this request", {"retry-after": "3600"}
        )

"""The front: the one way in. Five routes, bodies of a limited size, and every call settled, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

from . import sse
from .call import Call, End
from .exchange import Engine, Exchange, Receive, Scope, Send
from .policy import Policy, Refused
from .requests import RESPONSES, ROUTES
from .usage import is_usage_only, usage_of

logger = logging.getLogger(__name__)

MODELS = "/v1/models"

_METHODS = {**dict.fromkeys(ROUTES, "POST"), MODELS: "GET"}

# Statuses of the engine that are the platform's affair: the client's own key, model and limits were checked before.
_TRANSLATED = {401: 502, 403: 502, 404: 502, 407: 502, 408: 504, 429: 503}

_TEXTS = {
    413: "the request is too long for the model",
    502: "the model did not answer",
    503: "no server of the model is available at present; try again",
    504: "the model did not answer in time",
}

_END_OF_RESPONSE = ("response.completed", "response.incomplete", "response.failed")


class _Gone(Exception):
    """The client went away before its request was whole."""


class Front:
    """An ASGI application in front of the engine's."""

    def __init__(self, policy: Policy, engine: Engine) -> None:
        self._policy = policy
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "lifespan":
            return await self._engine.app(scope, receive, send)
        if scope["type"] != "http":
            # A WebSocket; closing it before it is accepted is a 403.
            return await send({"type": "websocket.close", "code": 1008})
        with self._policy.metrics.in_flight.track_inprogress():
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The client's own id is not taken over: in the audit log an id means one call.
        call_id = str(uuid.uuid4())
        headers = _Headers(scope["headers"])
        try:
            if headers.has("content-length") and headers.has("transfer-encoding"):
                # Whoever is in front may take the other one for the end, and the rest for the next client's request.
                message = "expected either content-length or transfer-encoding"
                raise Refused(400, "invalid_request_error", message, {"connection": "close"})
            route = self._route(scope)
            tenant, key = self._policy.authenticate(headers.get("authorization"))
            if route == MODELS:
                return await _answer(send, 200, self._policy.models(tenant), {"x-request-id": call_id})
            call = Call(id=call_id, route=route, tenant=tenant, key=key.fingerprint)
        except Refused as refused:
            return await _refuse(send, refused, call_id)
        try:
            await self._handle(call, headers, receive, send)
        finally:
            await self._policy.close(call)

    def _route(self, scope: Scope) -> str:
        path = scope["path"]
        # What is spelled in another way than the route is another route.
        method = _METHODS.get(path) if scope.get("raw_path", path.encode()) == path.encode() else None
        if method is None:
            raise Refused(404, "not_found", "no such route")
        if scope["method"] != method:
            raise Refused(405, "method_not_allowed", f"expected {method}", {"allow": method})
        return str(path)

    async def _handle(self, call: Call, headers: _Headers, receive: Receive, send: Send) -> None:
        try:
            raw = await self._read(headers, receive)
            await self._policy.admit(call, raw)
        except _Gone:
            call.end, call.reason = End.VANISHED, "client_gone"
            return
        except Refused as refused:
            call.end, call.status, call.reason = End.REFUSED, refused.status, refused.reason
            return await _refuse(send, refused, call.id)
        body = json.dumps(self._policy.prepared(call), ensure_ascii=False).encode()
        exchange = Exchange(self._engine, call, call.route, body)
        delivery = asyncio.create_task(self._deliver(call, exchange, send))
        gone = asyncio.create_task(_gone(receive))
        try:
            await self._watch(call, delivery, gone)
        except asyncio.CancelledError:
            # The server ends, and the time for calls under way is over.
            call.end, call.reason = End.BROKEN if call.streamed.any else End.ERROR, "shutdown"
            raise
        finally:
            for task in (delivery, gone):
                task.cancel()
            await asyncio.wait({delivery, gone})
            await exchange.close()
        if delivery.cancelled() or delivery.exception() is not None:
            await self._end_abruptly(call, delivery, exchange, send)

    async def _watch(self, call: Call, delivery: asyncio.Task[None], gone: asyncio.Task[None]) -> None:
        """Waits for the end of the delivery, the client's going away, or the end of the time."""
        until = asyncio.get_running_loop().time() + self._policy.config.request_timeout_seconds
        waiting: set[asyncio.Task[None]] = {delivery, gone}
        while not delivery.done():
            remaining = until - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait(waiting, timeout=remaining, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                call.end, call.reason = End.TIMEOUT, "timeout"
                return
            if gone in done and not delivery.done():
                if call.stream:
                    call.end, call.reason = End.VANISHED, "client_gone"
                    return
                # An answer in one piece is paid for whole, so it is waited for: then its price is known.
                call.reason = "client_gone"
                waiting = {delivery}

    async def _end_abruptly(self, call: Call, delivery: asyncio.Task[None], exchange: Exchange, send: Send) -> None:
        if not delivery.cancelled():
            error = delivery.exception()
            if isinstance(error, Refused):
                call.end, call.status, call.reason = End.STOPPED, error.status, error.reason
                await self._policy.settle(call)
                return await _refuse(send, error, call.id)
            logger.error("call %s failed in delivery: %s", call.id, type(error).__name__)
            call.end = End.BROKEN if call.streamed.any else End.ERROR
            call.reason = call.reason or "internal_error"
        if call.end is End.VANISHED:
            return
        if not call.status:
            call.status = 504 if call.end is End.TIMEOUT else 502
            return await _answer(send, call.status, _error(call.reason or "error", _TEXTS[call.status]), _ids(call))
        # The headers are gone: all that can be said is an event, without a regular end.
        event = _error(call.reason or "error", "the answer ended before its end")
        await send({"type": "http.response.body", "body": sse.encode(event), "more_body": False})

    async def _read(self, headers: _Headers, receive: Receive) -> bytes:
        limit = self._policy.config.max_body_bytes
        too_long = Refused(413, "request_too_large", f"expected a body of at most {limit} bytes")
        if (headers.get("content-type") or "").partition(";")[0].strip().lower() != "application/json":
            raise Refused(415, "unsupported_media_type", "expected content-type: application/json")
        if headers.get("content-encoding") not in (None, "identity"):
            raise Refused(415, "unsupported_media_type", "expected a body without content-encoding")
        length = headers.get("content-length")
        if length is not None and length.isdigit() and int(length) > limit:
            raise too_long
        raw = bytearray()
        try:
            # For the whole: a client that sends a byte now and then would stay for ever.
            async with asyncio.timeout(self._policy.config.request_timeout_seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    raw += message.get("body", b"")
                    if len(raw) > limit:
                        raise too_long
                    if not message.get("more_body"):
                        return bytes(raw)
        except TimeoutError:
            raise Refused(408, "request_timeout", "the request did not arrive in time") from None

    async def _deliver(self, call: Call, exchange: Exchange, send: Send) -> None:
        if not await exchange.start():
            call.end, call.status, call.reason = End.ERROR, 502, "engine_failed"
            return await _answer(send, 502, _error("engine_failed", _TEXTS[502]), _ids(call))
        if exchange.status >= 400:
            return await self._deliver_error(call, exchange, send)
        if exchange.headers.get("content-type", "").startswith("text/event-stream"):
            return await self._deliver_stream(call, exchange, send)
        answer = json.loads(await exchange.read())
        call.usage = usage_of(answer)
        call.end = End.COMPLETE
        answer = await self._policy.after(call, answer)
        if call.tenant.prompt_logging:
            call.answer = answer
        _name_model(call, answer)
        call.status = exchange.status
        await self._policy.settle(call)
        await _answer(send, exchange.status, answer, _ids(call))

    async def _deliver_error(self, call: Call, exchange: Exchange, send: Send) -> None:
        text = await exchange.read()
        status = _TRANSLATED.get(exchange.status, exchange.status if exchange.status < 500 else 502)
        status = exchange.status if exchange.status in (503, 504) else status
        call.end, call.status, call.reason = End.ERROR, status, "upstream_error"
        message = _TEXTS.get(status) or _message(text)
        await self._policy.settle(call)
        headers = {**_ids(call), **({"retry-after": "5"} if status == 503 else {})}
        await _answer(send, status, _error("upstream_error", message), headers)

    async def _deliver_stream(self, call: Call, exchange: Exchange, send: Send) -> None:
        headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", **_ids(call)}
        # Proxies that collect answers would turn a stream into one piece.
        headers["x-accel-buffering"] = "no"
        call.status = exchange.status
        await send({"type": "http.response.start", "status": exchange.status, "headers": _encoded(headers)})
        source = _Source(call, exchange)
        delivered: list[dict[str, Any]] = []
        if call.tenant.prompt_logging:
            call.answer = delivered
        async with contextlib.aclosing(self._policy.during(call, source.events())) as events:
            async for event in events:
                if call.first_output_seconds is None:
                    call.first_output_seconds = call.elapsed()
                _name_model(call, event)
                if call.tenant.prompt_logging:
                    # As it was delivered: what guardrails masked is in no log.
                    delivered.append(event)
                await send({"type": "http.response.body", "body": sse.encode(event), "more_body": True})
        if source.broken:
            call.end, call.reason = End.BROKEN if call.streamed.any else End.ERROR, "stream_broken"
            last = sse.encode(_error("stream_broken", "the answer ended before its end"))
        else:
            call.end = End.COMPLETE if source.ended else End.STOPPED
            last = b"" if call.route == RESPONSES else sse.DONE
        await self._policy.settle(call)
        await send({"type": "http.response.body", "body": last, "more_body": False})


class _Source:
    """The events of the engine's stream, counted as they come."""

    def __init__(self, call: Call, exchange: Exchange) -> None:
        self._call = call
        self._exchange = exchange
        self._wants_usage = (call.body.get("stream_options") or {}).get("include_usage") is True
        self.ended = False
        """Whether the stream came to its regular end."""
        self.broken = False

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        async for event in sse.events(self._exchange.chunks()):
            if event is None:
                self.ended = True
                continue
            if event.get("error") is not None and "choices" not in event and "type" not in event:
                # The engine's own words may name servers; the client gets ours.
                break
            self._call.streamed.add(event)
            usage = usage_of(event)
            if usage is not None:
                self._call.usage = usage
            if event.get("type") in _END_OF_RESPONSE:
                self.ended = True
            if self._wants_usage or self._call.route == RESPONSES or not is_usage_only(event):
                yield event
        self.broken = not self.ended


class _Headers:
    """Headers of a request. One that comes twice is as good as none: which of them would count?"""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self._headers = headers

    def get(self, name: str) -> str | None:
        values = [value for key, value in self._headers if key.lower() == name.encode()]
        return values[0].decode("latin-1") if len(values) == 1 else None

    def has(self, name: str) -> bool:
        """Whether it comes at all."""
        return any(key.lower() == name.encode() for key, _ in self._headers)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _ids(call: Call) -> dict[str, str]:
    headers = {"x-request-id": call.id}
    if call.answered_by is not None:
        headers["x-llm-model"] = call.answered_by.name
        call.revision = call.revision or call.answered_by.revision
    if call.revision is not None:
        headers["x-llm-revision"] = call.revision
    return headers


def _name_model(call: Call, answer: dict[str, Any]) -> None:
    """After a fallback the engine names the upstream's model, which is nobody's business."""
    inner = answer.get("response")
    for body in (answer, inner if isinstance(inner, dict) else {}):
        if "model" in body and call.answered_by is not None:
            body["model"] = call.answered_by.name


def _message(raw: bytes) -> str:
    """What an error of the engine says, without the engine's names of classes and servers."""
    try:
        message = str(json.loads(raw)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return "the model's server refused the request"
    return message.partition("\n")[0].rpartition("Exception - ")[2][:500] or "the model's server refused the request"


def _error(reason: str, message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": reason, "param": None, "code": reason}}


async def _refuse(send: Send, refused: Refused, call_id: str) -> None:
    body = _error(refused.reason, refused.message)
    await _answer(send, refused.status, body, {"x-request-id": call_id, **refused.headers})


async def _answer(send: Send, status: int, body: dict[str, Any], headers: Mapping[str, str]) -> None:
    raw = json.dumps(body, ensure_ascii=False).encode()
    all_headers = {"content-type": "application/json", "content-length": str(len(raw)), **headers}
    await send({"type": "http.response.start", "status": status, "headers": _encoded(all_headers)})
    await send({"type": "http.response.body", "body": raw, "more_body": False})


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]

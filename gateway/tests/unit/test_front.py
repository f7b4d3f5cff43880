"""The front before an engine of the test's own: what a real engine does rarely, and what guardrails do."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from redis.asyncio import Redis

from llm_gateway import __main__ as program
from llm_gateway.audit import AuditLog
from llm_gateway.budgets import Ledger
from llm_gateway.call import Call, current_call
from llm_gateway.config import parse
from llm_gateway.exchange import Receive, Scope, Send
from llm_gateway.front import Front
from llm_gateway.policy import Policy
from llm_gateway.tenants import Keyring

from ..support import policy

Body = dict[str, Any]

ANSWER = {
    "model": "upstream",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2},
}


@dataclass
class Engine:
    """An engine that does what the test says."""

    status: int = 200
    content_type: str = "application/json"
    chunks: list[bytes] = field(default_factory=lambda: [json.dumps(ANSWER).encode()])
    pause: float = 0
    failure: Exception | None = None
    scope: Scope | None = None
    body: Body | None = None
    cancelled: bool = False
    sent: int = 0

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        call = current_call.get()
        assert call is not None and call.model is not None
        self.scope, self.body = scope, json.loads((await receive())["body"])
        call.attempts.append(call.model.name)
        call.answered_by = call.model
        try:
            headers = [(b"content-type", self.content_type.encode())]
            await send({"type": "http.response.start", "status": self.status, "headers": headers})
            for chunk in self.chunks:
                await asyncio.sleep(self.pause)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                self.sent += 1
            if self.failure is not None:
                raise self.failure
            await send({"type": "http.response.body", "body": b""})
        except asyncio.CancelledError:
            self.cancelled = True
            raise

    def read_headers(self, call: Call, headers: dict[str, str]) -> None:
        pass


@dataclass(frozen=True)
class Verdict:
    action: str = "pass"
    message: str = ""
    body: Body | None = None

    def to_log(self) -> Body:
        return {"action": self.action}


class Stream:
    """Ends the stream at the word `stop`, as a guardrail does."""

    def __init__(self, source: AsyncIterator[Body]) -> None:
        self._source = source
        self.verdict = Verdict()
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[Body]:
        async for event in self._source:
            if "stop" in json.dumps(event["choices"][0]["delta"]):
                self.verdict = Verdict("block")
                yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]}
                return
            yield event

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Guardrails:
    """Guardrails that say what the test says."""

    first: Verdict = Verdict()
    last: Verdict = Verdict()
    streams: list[Stream] = field(default_factory=list)

    async def before(self, request: Body) -> Verdict:
        return self.first

    def during(self, stream: AsyncIterator[Body]) -> Stream:
        self.streams.append(Stream(stream))
        return self.streams[-1]

    async def after(self, answer: Body) -> Verdict:
        return self.last


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    ended: bool = False

    @property
    def json(self) -> Body:
        return json.loads(self.raw)


class Client:
    """Calls the front as a server does."""

    def __init__(self, folder: Path, engine: Engine, guardrails: Guardrails | None, **changes: Any) -> None:
        (folder / "search").write_text(hashlib.sha256(b"k").hexdigest())
        self.log = io.StringIO()
        config = parse(policy(**changes))
        self.policy = Policy(
            config,
            Keyring(folder, config.tenants),
            # No limits: Redis is not asked.
            Ledger(Redis(port=1)),
            AuditLog(self.log),
            guardrails={} if guardrails is None else {"search": guardrails},
        )
        self.front = Front(self.policy, engine)

    async def call(
        self,
        body: Body | bytes,
        *,
        leave_after: int | None = None,
        on_end: Callable[[], None] = lambda: None,
        headers: tuple[tuple[bytes, bytes], ...] = (
            (b"authorization", b"Bearer k"),
            (b"content-type", b"application/json"),
        ),
        **scope: Any,
    ) -> Answer:
        answer = Answer()
        gone = asyncio.Event()
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = False

        async def receive() -> Body:
            nonlocal given
            if not given:
                given = True
                return {"type": "http.request", "body": raw, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
                return
            answer.raw += message["body"]
            answer.ended = not message["more_body"]
            if answer.ended:
                on_end()
            if leave_after is not None and answer.raw.count(b"data:") >= leave_after:
                gone.set()

        path = scope.pop("path", "/v1/chat/completions")
        whole = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "headers": headers, **scope}
        if leave_after == 0:
            gone.set()
        await asyncio.wait_for(self.front(whole, receive, send), 60)
        return answer

    @property
    def audit(self) -> Body:
        return json.loads(self.log.getvalue().splitlines()[-1])


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Client]:
    def client(engine: Engine | None = None, guardrails: Guardrails | None = None, **changes: Any) -> Client:
        return Client(tmp_path, engine or Engine(), guardrails, **changes)

    return client


def question(**fields: Any) -> Body:
    return {"model": "chat", "messages": [{"role": "user", "content": "hi"}], **fields}


def stream(*words: str, end: bytes = b"data: [DONE]\n\n") -> Engine:
    events = [{"model": "upstream", "choices": [{"index": 0, "delta": {"content": word}}]} for word in words]
    chunks = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
    return Engine(content_type="text/event-stream", chunks=[*chunks, end] if end else chunks, pause=0.001)


async def test_an_answer(start: Callable[..., Client]) -> None:
    engine = Engine()
    client = start(engine)
    answer = await client.call(question())
    assert (answer.status, answer.json["model"]) == (200, "chat")
    assert client.audit["costMicroUsd"] == 11
    assert answer.headers["x-request-id"] == client.audit["requestId"]


async def test_the_engine_gets_nothing_of_the_client_but_the_checked_body(start: Callable[..., Client]) -> None:
    engine = Engine()
    headers = (
        (b"authorization", b"Bearer k"),
        (b"content-type", b"application/json"),
        (b"x-litellm-timeout", b"1"),
        (b"host", b"evil"),
        (b"x-forwarded-for", b"1.2.3.4"),
    )
    await start(engine).call(question(cache={"namespace": "other"}), headers=headers, query_string=b"api_key=x")
    assert engine.scope is not None and engine.body is not None
    assert [name for name, _ in engine.scope["headers"]] == [
        b"host",
        b"authorization",
        b"content-type",
        b"content-length",
    ]
    assert b"Bearer k" not in dict(engine.scope["headers"]).values()
    assert engine.scope["query_string"] == b""
    assert engine.body["cache"] == {"no-cache": True, "no-store": True}


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({"path": "/v1/chat/completions/"}, 404),
        ({"path": "/health"}, 404),
        ({"path": "/V1/chat/completions"}, 404),
        ({"raw_path": b"/v1/chat%2Fcompletions"}, 404),
        ({"method": "GET"}, 405),
        ({"method": "OPTIONS"}, 405),
        ({"path": "/v1/models"}, 405),
    ],
)
async def test_other_routes(start: Callable[..., Client], scope: Body, status: int) -> None:
    engine = Engine()
    assert (await start(engine).call(question(), **scope)).status == status
    assert engine.scope is None


async def test_two_keys_are_none(start: Callable[..., Client]) -> None:
    headers = ((b"authorization", b"Bearer k"), (b"Authorization", b"Bearer other"))
    assert (await start().call(question(), headers=(*headers, (b"content-type", b"application/json")))).status == 401


@pytest.mark.parametrize("streamed", [False, True])
async def test_settled_before_the_last_byte(
    start: Callable[..., Client], monkeypatch: pytest.MonkeyPatch, streamed: bool
) -> None:
    # Who asks again at once finds the room that the first call left.
    client = start(stream("one") if streamed else Engine())
    settled: list[Call] = []
    original = client.policy.settle

    async def settle(call: Call) -> None:
        settled.append(call)
        await original(call)

    monkeypatch.setattr(client.policy, "settle", settle)
    answer = await client.call(question(stream=streamed), on_end=lambda: settled.append(None))  # type: ignore[arg-type]
    assert answer.status == 200
    assert [call is None for call in settled] == [False, True, False]


async def test_websockets_are_closed(start: Callable[..., Client]) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await start().front({"type": "websocket", "path": "/v1/realtime"}, None, send)  # type: ignore[arg-type]
    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_the_bodys_form(start: Callable[..., Client]) -> None:
    client = start(maxBodyBytes=200)
    auth = (b"authorization", b"Bearer k")
    json_type = (b"content-type", b"application/json; charset=utf-8")
    assert (await client.call(question(), headers=(auth, json_type))).status == 200
    assert (await client.call(question(), headers=(auth, (b"content-type", b"text/plain")))).status == 415
    assert (await client.call(question(), headers=(auth, json_type, (b"content-encoding", b"gzip")))).status == 415
    assert (await client.call(question(), headers=(auth, json_type, (b"content-length", b"201")))).status == 413
    assert (await client.call(b" " * 201)).status == 413
    assert (await client.call(b"{")).status == 400
    assert client.audit["reason"] == "invalid_request_error"
    deep = b'{"model":"chat","messages":' + b"[" * 64 + b"]" * 64 + b"}"
    assert (await client.call(deep)).status == 400
    assert (await client.call(deep.replace(b"[[", b"[").replace(b"]]", b"]"))).status == 200


@pytest.mark.parametrize(
    ("engine_status", "status"),
    [
        (400, 400),
        (401, 502),
        (403, 502),
        (404, 502),
        (408, 504),
        (422, 422),
        (429, 503),
        (500, 502),
        (503, 503),
        (504, 504),
    ],
)
async def test_errors_of_the_engine(start: Callable[..., Client], engine_status: int, status: int) -> None:
    text = "litellm.BadRequestError: BadRequestError: OpenAIException - too hot\nReceived Model Group=chat"
    client = start(Engine(status=engine_status, chunks=[json.dumps({"error": {"message": text}}).encode()]))
    answer = await client.call(question())
    assert answer.status == status
    assert "litellm" not in answer.raw.decode() and "Group" not in answer.raw.decode()
    assert (answer.json["error"]["message"] == "too hot") == (status in (400, 422))
    # A model that did not answer in time generated all the same.
    cost = client.audit["reservedMicroUsd"] if status == 504 else 0
    assert (client.audit["costMicroUsd"], client.audit["end"]) == (cost, "error")


@pytest.mark.parametrize(("given", "generated"), [(10**9, 2), (7, 10**9), (10**400, 10**400), (300, 300), (7, 250)])
async def test_no_more_is_charged_than_was_reserved(
    start: Callable[..., Client], caplog: pytest.LogCaptureFixture, given: int, generated: int
) -> None:
    usage = {"prompt_tokens": given, "completion_tokens": generated}
    client = start(Engine(chunks=[json.dumps({**ANSWER, "usage": usage}).encode()]))
    assert (await client.call(question())).status == 200
    assert 0 < client.audit["costMicroUsd"] <= client.audit["reservedMicroUsd"]
    assert client.audit["inputTokens"] + client.audit["outputTokens"] <= 500
    assert "took more than was reserved" in caplog.text


async def test_two_statements_of_the_bodys_end(start: Callable[..., Client]) -> None:
    engine = Engine()
    both = ((b"Content-Length", b"4"), (b"transfer-encoding", b"chunked"))
    answer = await start(engine).call(
        question(), headers=((b"authorization", b"Bearer k"), (b"content-type", b"application/json"), *both)
    )
    assert (answer.status, answer.headers["connection"], engine.scope) == (400, "close", None)


async def test_more_connections_than_the_limit(start: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MAX_CONNECTIONS", 2)
    config = program.front_config(start().front, "127.0.0.1", 0)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    for _ in range(3000):
        if server.started:
            break
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    first = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nhost: gateway\r\n\r\n")
    assert b" 503 " in await asyncio.wait_for(reader.readline(), 30)
    for _, other in (*first, (reader, writer)):
        other.close()
    server.should_exit = True
    await asyncio.wait_for(serving, 30)


async def test_a_body_that_trickles_in(start: Callable[..., Client]) -> None:
    client = start(requestTimeoutSeconds=0.3)
    sent: list[Any] = []

    async def receive() -> Body:
        # Each piece is in time, the whole is not.
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b" ", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"authorization", b"Bearer k"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": headers}
    await asyncio.wait_for(client.front(scope, receive, send), 30)
    assert sent[0]["status"] == 408


async def test_a_guardrail_that_fails_leaves_nothing_in_the_log(
    start: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    guardrails = Guardrails()
    tenants = [{"name": "search", "models": ["chat"], "promptLogging": True}]
    client = start(Engine(), guardrails, tenants=tenants)

    async def fail(request: Body) -> Verdict:
        raise RuntimeError("failed")

    monkeypatch.setattr(guardrails, "before", fail)
    with pytest.raises(RuntimeError):
        await client.call(question())
    assert client.audit["request"] == {}


def test_half_a_character_in_the_audit_log(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as output:
        AuditLog(output).write({"answer": "a\ud83d"})
    assert json.loads((tmp_path / "log").read_bytes()) == {"answer": "a\ud83d"}


async def test_a_prompt_that_is_too_long(start: Callable[..., Client]) -> None:
    engine = Engine()
    client = start(engine, models=[{**policy()["models"][0], "maxInputTokens": 50}])
    answer = await client.call(question(messages=[{"role": "user", "content": "a" * 500}]))
    assert (answer.status, engine.scope) == (400, None)
    assert "at most 50 tokens" in answer.json["error"]["message"]


REMOTE = [{**policy()["models"][0], "selfHosted": False}]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_call_that_runs_out_of_time_before_any_answer(start: Callable[..., Client], streamed: bool) -> None:
    engine = stream("one") if streamed else Engine()
    engine.pause = 60
    client = start(engine, requestTimeoutSeconds=0.2, models=REMOTE)
    assert (await client.call(question(stream=streamed))).status in (200, 504)
    assert client.audit["end"] == "timeout"
    assert client.audit["costMicroUsd"] == client.audit["reservedMicroUsd"] > 0


@pytest.mark.parametrize(
    ("engine", "leave_after", "end"),
    [
        (lambda: stream("one", "two", end=b""), None, "broken"),
        (lambda: stream(*["word"] * 10_000), 3, "vanished"),
    ],
)
async def test_others_servers_generate_to_the_end(
    start: Callable[..., Client], engine: Callable[[], Engine], leave_after: int | None, end: str
) -> None:
    client = start(engine(), models=REMOTE)
    await client.call(question(stream=True), leave_after=leave_after)
    assert client.audit["end"] == end
    assert client.audit["costMicroUsd"] == client.audit["reservedMicroUsd"] > 0


async def test_an_engine_that_fails(start: Callable[..., Client]) -> None:
    client = start(Engine(chunks=[], failure=RuntimeError("secret")))
    answer = await client.call(question())
    assert answer.status == 502
    assert "secret" not in answer.raw.decode()
    assert client.audit["costMicroUsd"] == 0


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}])
async def test_an_answer_without_usage_is_charged_at_its_bound(
    start: Callable[..., Client], usage: Body | None
) -> None:
    client = start(Engine(chunks=[json.dumps({**ANSWER, "usage": usage}).encode()]))
    await client.call(question(max_tokens=50))
    assert client.audit["tokensGuessed"]
    assert client.audit["costMicroUsd"] == client.audit["reservedMicroUsd"] > 100


async def test_a_stream(start: Callable[..., Client]) -> None:
    client = start(stream("one", "two"))
    answer = await client.call(question(stream=True))
    assert answer.ended and answer.raw.endswith(b"data: [DONE]\n\n")
    assert b"upstream" not in answer.raw
    assert client.audit["end"] == "complete"
    # Its usage never came.
    assert client.audit["costMicroUsd"] == client.audit["reservedMicroUsd"]


@pytest.mark.parametrize("end", [b"", b'data: {"error":{"message":"http://10.0.0.7"}}\n\n', b"data: {broken\n\n"])
async def test_a_broken_stream(start: Callable[..., Client], end: bytes) -> None:
    client = start(stream("one", "two", end=end))
    answer = await client.call(question(stream=True))
    assert answer.ended and b"[DONE]" not in answer.raw and b"10.0.0.7" not in answer.raw
    assert b'"error"' in answer.raw
    assert (client.audit["end"], client.audit["outputTokens"]) == ("broken", 2)


async def test_a_stream_that_breaks_before_its_first_word_costs_nothing(start: Callable[..., Client]) -> None:
    client = start(stream(end=b""))
    await client.call(question(stream=True))
    assert (client.audit["end"], client.audit["costMicroUsd"]) == ("error", 0)


async def test_a_client_that_goes_away_ends_a_stream(start: Callable[..., Client]) -> None:
    engine = stream(*["word"] * 10_000)
    client = start(engine)
    await client.call(question(stream=True), leave_after=3)
    assert engine.cancelled
    assert client.audit["end"] == "vanished"
    assert 3 <= client.audit["outputTokens"] < 10_000
    assert client.audit["costMicroUsd"] > 0


async def test_a_server_that_ends_settles_by_what_was_streamed(start: Callable[..., Client]) -> None:
    engine = stream(*["word"] * 10_000)
    client = start(engine)
    call = asyncio.create_task(client.call(question(stream=True)))
    for _ in range(6000):
        await asyncio.sleep(0.01)
        if engine.sent >= 3:
            break
    call.cancel()
    await asyncio.wait({call})
    assert engine.cancelled
    assert (client.audit["end"], client.audit["reason"]) == ("broken", "shutdown")
    assert client.audit["costMicroUsd"] > 0


async def test_a_client_that_goes_away_pays_for_a_whole_answer(start: Callable[..., Client]) -> None:
    engine = Engine(pause=0.2)
    client = start(engine)
    await client.call(question(), leave_after=0)
    assert not engine.cancelled
    assert (client.audit["costMicroUsd"], client.audit["reason"]) == (11, "client_gone")


async def test_the_end_of_the_time(start: Callable[..., Client]) -> None:
    engine = Engine(pause=60)
    client = start(engine, requestTimeoutSeconds=0.2)
    assert (await client.call(question())).status == 504
    assert engine.cancelled
    assert client.audit["end"] == "timeout"
    # It was generated, and nobody says how much.
    assert client.audit["costMicroUsd"] == client.audit["reservedMicroUsd"] > 0
    endless = stream(*["word"] * 10_000)
    client = start(endless, requestTimeoutSeconds=0.3)
    answer = await client.call(question(stream=True))
    assert answer.ended and b"[DONE]" not in answer.raw and b"timeout" in answer.raw
    assert endless.cancelled
    assert client.audit["costMicroUsd"] > 0


async def test_a_guardrail_refuses_a_request(start: Callable[..., Client]) -> None:
    engine = Engine()
    tenant = {"name": "search", "models": ["chat"], "promptLogging": True}
    client = start(engine, Guardrails(first=Verdict("block", "no cards")), tenants=[tenant])
    answer = await client.call(question())
    assert (answer.status, answer.json["error"]["message"]) == (400, "no cards")
    assert engine.scope is None
    assert client.audit["verdicts"] == [{"phase": "before", "action": "block"}]
    # Not even where prompts are logged.
    assert "hi" not in json.dumps(client.audit["request"])


async def test_a_guardrail_masks_a_request(start: Callable[..., Client]) -> None:
    engine = Engine()
    masked = question(messages=[{"role": "user", "content": "***"}])
    tenant = {"name": "search", "models": ["chat"], "promptLogging": True}
    client = start(engine, Guardrails(first=Verdict("mask", body=masked)), tenants=[tenant])
    assert (await client.call(question())).status == 200
    assert engine.body is not None and engine.body["messages"][0]["content"] == "***"
    assert client.audit["request"]["messages"][0]["content"] == "***"


async def test_a_guardrail_refuses_an_answer_which_is_paid_for(start: Callable[..., Client]) -> None:
    client = start(Engine(), Guardrails(last=Verdict("block", "no secrets")))
    answer = await client.call(question())
    assert (answer.status, answer.json["error"]["code"]) == (400, "content_filter")
    assert b"hello" not in answer.raw
    assert (client.audit["costMicroUsd"], client.audit["end"]) == (11, "stopped")


async def test_a_guardrail_masks_an_answer(start: Callable[..., Client]) -> None:
    client = start(Engine(), Guardrails(last=Verdict("mask", body={"choices": ["masked"]})))
    assert (await client.call(question())).json["choices"] == ["masked"]


async def test_a_guardrail_ends_a_stream_properly(start: Callable[..., Client]) -> None:
    engine = stream("one", "stop", *["more"] * 10_000)
    guardrails = Guardrails()
    client = start(engine, guardrails)
    answer = await client.call(question(stream=True))
    assert guardrails.streams[0].closed
    assert b"content_filter" in answer.raw and b"more" not in answer.raw
    assert answer.raw.endswith(b"data: [DONE]\n\n")
    assert engine.cancelled
    assert client.audit["end"] == "stopped"
    assert client.audit["verdicts"] == [{"phase": "during", "action": "block"}]
    assert client.audit["outputTokens"] >= 2

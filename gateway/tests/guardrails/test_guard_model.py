"""The guard model, against a server of our own that speaks the OpenAI API."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from llm_gateway.guardrails import GuardrailChain, Outcome, Resources


class Stub:
    """Answers `unsafe` to texts with the word POISON; or as it is told."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: str | None = None
        self.status = 200
        self.delay = 0.0
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                stub.asked.append({"path": self.path, **body})
                stub.headers.append({key.lower(): value for key, value in self.headers.items()})
                time.sleep(stub.delay)
                unsafe = "POISON" in body["messages"][0]["content"]
                text = stub.answer if stub.answer is not None else "unsafe\nS1,S9" if unsafe else "\n\nsafe"
                data = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
                self.send_response(stub.status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def stub() -> Iterator[Stub]:
    server = Stub()
    yield server
    server.server.shutdown()


def run(stub_url: str, use: Any, action: str = "block", **options: Any) -> Any:
    async def inside() -> Any:
        resources = Resources()
        definition = {"name": "judge", "kind": "guard-model", "baseUrl": stub_url, "model": "guard", **options}
        tenant = {"name": "t", "guardrails": [{"name": "judge", "action": action}]}
        try:
            return await use(GuardrailChain.from_config([definition], tenant, resources))
        finally:
            await resources.aclose()

    return asyncio.run(inside())


def asking(text: str) -> Any:
    messages = [{"role": "system", "content": "POISON of the application"}, {"role": "user", "content": text}]
    return lambda chain: chain.before({"messages": messages})


def test_the_model_is_asked_about_what_people_said(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_KEY_GUARD", "key-1")
    assert run(stub.url, asking("hello"), apiKeyEnv="MODEL_KEY_GUARD").action == Outcome.PASS
    [question] = stub.asked
    assert (question["path"], question["model"], question["temperature"]) == ("/v1/chat/completions", "guard", 0)
    assert question["messages"] == [{"role": "user", "content": "hello"}]
    assert stub.headers[0]["authorization"] == "Bearer key-1"


def test_unsafe_is_refused_with_its_categories(stub: Stub) -> None:
    verdict = run(stub.url, asking("some POISON"))
    assert (verdict.action, [finding.kind for finding in verdict.findings]) == (
        Outcome.BLOCK,
        ["unsafe.S1", "unsafe.S9"],
    )
    assert run(stub.url, asking("some POISON"), "report").action == Outcome.REPORT


def test_words_of_the_model_do_not_reach_the_log(stub: Stub) -> None:
    stub.answer = "unsafe because the user's name is J\u00f6rg-M\u00fcller!"
    verdict = run(stub.url, asking("x"))
    assert verdict.action == Outcome.BLOCK
    assert "J\u00f6rg" not in repr(verdict)


@pytest.mark.parametrize("trouble", ["status", "answer", "null", "timeout", "gone"])
def test_without_a_judgment_closed_refuses_and_open_notes_it(stub: Stub, trouble: str) -> None:
    url = stub.url
    options: dict[str, Any] = {}
    if trouble == "status":
        stub.status = 500
    elif trouble == "answer":
        stub.answer = "I think it is fine"
    elif trouble == "null":
        stub.answer = ""
    elif trouble == "timeout":
        stub.delay, options = 2, {"timeoutSeconds": 0.2}
    else:
        stub.server.server_close()
    closed = run(url, asking("hello"), **options)
    assert (closed.action, closed.findings[0].kind) == (Outcome.BLOCK, "NOT_JUDGED")
    assert "Try again" in closed.message
    opened = run(url, asking("hello"), failure="open", **options)
    assert (opened.action, opened.findings[0].kind) == (Outcome.REPORT, "NOT_JUDGED")


def test_too_long_is_refused_without_asking(stub: Stub) -> None:
    verdict = run(stub.url, asking("x" * 11), maxCharacters=10)
    assert (verdict.action, verdict.findings[0].kind, stub.asked) == (Outcome.BLOCK, "TOO_LONG", [])


def test_answers_are_judged_window_by_window(stub: Stub, chat_chunks: Any, content: Any) -> None:
    async def use(chain: GuardrailChain) -> Any:
        async def upstream() -> Any:
            for chunk in chat_chunks(["good text ", "and POI", "SON and", " more"]):
                yield chunk

        stream = chain.during(upstream())
        chunks = [chunk async for chunk in stream]
        whole = await chain.after({"choices": [{"message": {"content": "good text and POISON and more"}}]})
        return chunks, stream.verdict, whole

    chunks, verdict, whole = run(stub.url, use, answers=True, windowCharacters=10)
    assert content(chunks) == "good text "
    assert chunks[-1]["choices"][0]["finish_reason"] == "content_filter"
    assert verdict.action == whole.action == Outcome.BLOCK
    assert stub.asked[1]["messages"][0]["content"] == "good text and POISON"


def test_answers_are_not_judged_by_default(stub: Stub) -> None:
    verdict = run(stub.url, lambda chain: chain.after({"choices": [{"message": {"content": "POISON"}}]}))
    assert (verdict.action, stub.asked) == (Outcome.PASS, [])


def test_a_failed_judgment_that_passes_does_not_change_a_stream(stub: Stub, chat_chunks: Any, content: Any) -> None:
    stub.status = 503

    async def use(chain: GuardrailChain) -> Any:
        async def upstream() -> Any:
            for chunk in chat_chunks(["one ", "two"]):
                yield chunk

        stream = chain.during(upstream())
        return [chunk async for chunk in stream], stream.verdict

    chunks, verdict = run(stub.url, use, answers=True, failure="open")
    assert (content(chunks), verdict.action) == ("one two", Outcome.REPORT)

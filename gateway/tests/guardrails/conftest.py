"""What tests of guardrails share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import pytest

from llm_gateway.guardrails import Body, GuardrailChain, Resources


@pytest.fixture(scope="session")
def resources() -> Iterator[Resources]:
    """One process of Presidio for all tests: it takes seconds to start."""
    shared = Resources()
    yield shared
    shared.close()


@pytest.fixture
def chain_of(resources: Resources) -> Callable[..., GuardrailChain]:
    """A chain of one guardrail: `chain_of("pii", "mask", entities=[…])`."""

    def build(kind: str, action: str = "block", **options: Any) -> GuardrailChain:
        tenant = {"name": "search", "guardrails": [{"name": "one", "action": action}]}
        return GuardrailChain.from_config([{"name": "one", "kind": kind, **options}], tenant, resources)

    return build


@pytest.fixture
def streamed() -> Callable[[GuardrailChain, Iterable[Body]], tuple[list[Body], Any]]:
    """All chunks that a chain delivers of a stream, and its verdict."""

    def run(chain: GuardrailChain, chunks: Iterable[Body]) -> tuple[list[Body], Any]:
        async def collect() -> tuple[list[Body], Any]:
            async def upstream() -> AsyncIterator[Body]:
                for chunk in chunks:
                    yield chunk

            stream = chain.during(upstream())
            return [chunk async for chunk in stream], stream.verdict

        return asyncio.run(collect())

    return run


@pytest.fixture
def chat_chunks() -> Callable[..., list[Body]]:
    """Chunks of a chat completion that bring these pieces."""

    def build(pieces: Iterable[str], finish: str | None = "stop") -> list[Body]:
        base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}

        def chunk(delta: Body, reason: str | None = None) -> Body:
            return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

        end = [chunk({}, finish)] if finish else []
        return [chunk({"role": "assistant", "content": ""}), *(chunk({"content": piece}) for piece in pieces), *end]

    return build


def content_of(chunks: Iterable[Body]) -> str:
    """The text that a client of a chat stream puts together."""
    return "".join(
        choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"] if choice["index"] == 0
    )


@pytest.fixture
def content() -> Callable[[Iterable[Body]], str]:
    """`content_of`, for tests."""
    return content_of

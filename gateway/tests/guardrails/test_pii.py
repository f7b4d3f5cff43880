"""Personal data: what is masked, where, and what happens when it cannot be looked for."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest

from llm_gateway.guardrails import Action, Filtered, GuardrailChain, Outcome, Resources
from llm_gateway.guardrails.pii import Pii
from llm_gateway.guardrails.segments import Segments, first_segment

EMAIL = "jane.doe@example.com"


def before(chain: GuardrailChain, request: dict[str, Any]) -> Any:
    return asyncio.run(chain.before(request))


def test_every_text_of_a_chat_request_is_masked_and_the_request_is_not_changed(chain_of: Any) -> None:
    request = {
        "model": "chat",
        "user": EMAIL,
        "messages": [
            {"role": "user", "content": f"Write to {EMAIL}, card 4111 1111 1111 1111."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": f"and {EMAIL}"},
                    {"type": "image_url", "image_url": {"url": "data:,"}},
                ],
            },
            {
                "role": "assistant",
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": f'{{"to":"{EMAIL}"}}'}}],
            },
            {"role": "tool", "tool_call_id": "1", "content": "call +1 415 555 2671"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": f"asks {EMAIL}"}}],
    }
    verdict = before(chain_of("pii", "mask"), request)
    assert verdict.action == Outcome.MASK
    messages = verdict.body["messages"]
    assert messages[0]["content"] == "Write to <EMAIL_ADDRESS>, card <CREDIT_CARD>."
    assert messages[1]["content"][0]["text"] == "and <EMAIL_ADDRESS>"
    assert messages[1]["content"][1] == request["messages"][1]["content"][1]
    assert messages[2]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"to":"<EMAIL_ADDRESS>"}'}
    assert messages[3]["content"] == "call <PHONE_NUMBER>"
    assert verdict.body["tools"][0]["function"]["description"] == "asks <EMAIL_ADDRESS>"
    assert request["messages"][0]["content"].startswith(f"Write to {EMAIL}")
    assert {finding.where for finding in verdict.findings} >= {"messages[1].content[0].text", "messages[3].content"}
    assert EMAIL not in repr(verdict) and EMAIL not in repr(verdict.to_log())


@pytest.mark.parametrize(
    ("request_body", "masked"),
    [
        ({"prompt": f"a {EMAIL}"}, {"prompt": "a <EMAIL_ADDRESS>"}),
        ({"prompt": ["a", EMAIL]}, {"prompt": ["a", "<EMAIL_ADDRESS>"]}),
        ({"input": EMAIL}, {"input": "<EMAIL_ADDRESS>"}),
        ({"input": ["x", f"{EMAIL}\n{EMAIL}"]}, {"input": ["x", "<EMAIL_ADDRESS>\n<EMAIL_ADDRESS>"]}),
        (
            {"instructions": EMAIL, "input": [{"role": "user", "content": [{"type": "input_text", "text": EMAIL}]}]},
            {
                "instructions": "<EMAIL_ADDRESS>",
                "input": [{"role": "user", "content": [{"type": "input_text", "text": "<EMAIL_ADDRESS>"}]}],
            },
        ),
    ],
)
def test_completions_embeddings_and_responses_are_masked(chain_of: Any, request_body: Any, masked: Any) -> None:
    assert before(chain_of("pii", "mask"), request_body).body == masked


def test_block_and_report_leave_the_request_alone(chain_of: Any) -> None:
    request = {"prompt": EMAIL}
    blocked = before(chain_of("pii", "block"), request)
    assert (blocked.action, blocked.body, blocked.rule) == (Outcome.BLOCK, None, "one")
    assert blocked.message
    reported = before(chain_of("pii", "report"), request)
    assert (reported.action, reported.body, reported.message) == (Outcome.REPORT, None, "")


def test_only_the_entities_that_were_named_are_looked_for(chain_of: Any) -> None:
    request = {"prompt": f"{EMAIL} 10.1.2.3"}
    assert before(chain_of("pii", "mask", entities=["IP_ADDRESS"]), request).body == {"prompt": f"{EMAIL} <IP_ADDRESS>"}


def test_text_past_the_cap_and_numbers_of_tokens_do_not_pass(chain_of: Any) -> None:
    for action in ("mask", "block"):
        verdict = before(chain_of("pii", action, maxCharacters=10), {"prompt": "a" * 11})
        assert verdict.action == Outcome.BLOCK
        assert "more than 10 characters" in verdict.message
        assert before(chain_of("pii", action), {"input": [1, 2, 3]}).action == Outcome.BLOCK
    assert before(chain_of("pii", "mask", maxCharacters=10), {"prompt": "a" * 10}).action == Outcome.PASS


def test_answers_are_masked_whole_and_on_streams_alike(
    chain_of: Any, streamed: Any, chat_chunks: Any, content: Any
) -> None:
    text = f"Write to {EMAIL} now.\nOr call +1 415 555 2671.\nThe end"
    chain = chain_of("pii", "mask")
    answer = {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "logprobs": {"content": [1]}}]
    }
    whole = asyncio.run(chain.after(answer)).body["choices"][0]
    assert whole["message"]["content"] == "Write to <EMAIL_ADDRESS> now.\nOr call <PHONE_NUMBER>.\nThe end"
    assert whole["logprobs"] is None
    for size in (1, 3, 7, 1000):
        chunks, verdict = streamed(
            chain, chat_chunks(text[start : start + size] for start in range(0, len(text), size))
        )
        assert content(chunks) == whole["message"]["content"]
        assert verdict.action == Outcome.MASK


def test_blocked_stream_ends_before_what_was_found(
    chain_of: Any, streamed: Any, chat_chunks: Any, content: Any
) -> None:
    chunks, verdict = streamed(
        chain_of("pii", "block"), chat_chunks(["First line.\n", "Write to jane", "@example.com", " now\n"])
    )
    assert content(chunks) == "First line.\nWrite to "
    assert chunks[-1]["choices"][0]["finish_reason"] == "content_filter"
    assert verdict.action == Outcome.BLOCK


def test_answers_past_the_cap_end(chain_of: Any, streamed: Any, chat_chunks: Any, content: Any) -> None:
    chunks, _ = streamed(
        chain_of("pii", "mask", maxCharacters=12), chat_chunks(["First line\n", "second line\n", "third\n"])
    )
    assert content(chunks) == "First line\n"
    assert chunks[-1]["choices"][0]["finish_reason"] == "content_filter"


def test_answers_are_not_read_where_they_need_not_be(chain_of: Any) -> None:
    chain = chain_of("pii", "mask", answers=False)
    answer = {"choices": [{"message": {"content": EMAIL}}]}
    assert asyncio.run(chain.after(answer)).action == Outcome.PASS


class Counting(Resources):
    """Counts the texts that are analyzed, and fails on demand."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.error = error

    async def _run(self, texts: list[str], entities: list[str], threshold: float) -> list[list[Any]]:
        if self.error is not None:
            raise self.error
        self.asked += texts
        return [[] for _ in texts]


def test_paragraphs_are_analyzed_once() -> None:
    resources = Counting()

    async def run() -> None:
        pii = Pii("pii", resources)
        await pii.before({"messages": [{"role": "user", "content": "One.\nTwo.\n"}]})
        await pii.before(
            {"messages": [{"role": "user", "content": "One.\nTwo.\n"}, {"role": "user", "content": "Three."}]}
        )
        # What was looked for is part of the name in the cache.
        await Pii("other", resources, entities=("US_SSN",)).before({"prompt": "Three."})

    asyncio.run(run())
    assert resources.asked == ["One.\n", "Two.\n", "Three.", "Three."]


@pytest.mark.parametrize("error", [TimeoutError(), BrokenProcessPool()])
def test_what_could_not_be_analyzed_does_not_pass(
    error: Exception, streamed: Any, chat_chunks: Any, content: Any
) -> None:
    chain = GuardrailChain([(Pii("pii", Counting(error)), Action.MASK)])
    assert before(chain, {"prompt": "a"}).action == Outcome.BLOCK
    chunks, _ = streamed(chain, chat_chunks(["a\n", "b\n"]))
    assert content(chunks) == ""
    assert chunks[-1]["choices"][0]["finish_reason"] == "content_filter"


def test_a_process_that_dies_is_replaced() -> None:
    async def run() -> list[Any]:
        resources = Resources()
        try:
            await resources.warm_up()
            pool = resources._executor()
            for process in pool._processes.values():  # type: ignore[attr-defined]
                process.kill()
            return (await Pii("pii", resources).before({"prompt": EMAIL})).findings  # type: ignore[return-value]
        finally:
            await resources.aclose()

    assert [finding.kind for finding in asyncio.run(run())] == ["EMAIL_ADDRESS"]


def test_nothing_is_fetched_from_the_internet() -> None:
    program = """
import socket
def refuse(*arguments, **options):
    raise SystemExit(f"connects to {arguments[1:] or arguments}")
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = refuse
from llm_gateway.guardrails.analyzer import ENTITIES, analyze
print(analyze(["bob@army.mil"], list(ENTITIES), 0.4))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, "EMAIL_ADDRESS" in done.stdout) == (0, True), done.stderr
    assert "suffix" not in done.stderr


@pytest.mark.parametrize(
    ("text", "longest", "final", "expected"),
    [
        ("one\ntwo", 10, False, 4),
        ("one", 10, False, 0),
        ("one", 10, True, 3),
        ("one two three", 10, False, 8),
        ("A b. Cd ef gh", 10, False, 5),
        ("onetwothreefour", 10, False, 10),
    ],
)
def test_segments_end_with_lines_sentences_or_words(text: str, longest: int, final: bool, expected: int) -> None:
    assert first_segment(text, longest, final=final) == expected


def test_segments_do_not_depend_on_how_the_text_arrives() -> None:
    text = "One line.\nA longer line that is cut. At words, where sentences are too long\n\nend"

    async def run(size: int) -> list[tuple[str, int]]:
        seen: list[tuple[str, int]] = []

        async def judge(segment: str, position: int) -> Filtered:
            seen.append((segment, position))
            return Filtered(segment)

        segments = Segments(judge, longest=20)
        for start in range(0, len(text), size):
            await segments.feed(text[start : start + size])
        await segments.feed("", final=True)
        return seen

    whole = asyncio.run(run(len(text)))
    assert "".join(segment for segment, _ in whole) == text
    assert all(asyncio.run(run(size)) == whole for size in range(1, len(text)))

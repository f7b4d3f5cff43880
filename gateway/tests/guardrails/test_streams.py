"""Streams: what is delivered when, that cutting changes nothing, and how a stream ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_gateway.guardrails import Action, Body, GuardrailChain, Outcome
from llm_gateway.guardrails.output_rules import OutputRules

AWS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"


def chat(pieces: list[str], **choice: Any) -> list[Body]:
    base = {"id": "c", "object": "chat.completion.chunk", "model": "m"}
    middle = [{"index": 0, "delta": {"content": piece}, "finish_reason": None, **choice} for piece in pieces]
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    return [{**base, "choices": [item]} for item in (*middle, end)]


def test_pattern_split_over_chunks_ends_the_stream_properly(chain_of: Any, streamed: Any, content: Any) -> None:
    sent = chat(["The key ", "is ", AWS_KEY[:3], AWS_KEY[3:9], AWS_KEY[9:], " - keep it.", " More."])
    chunks, verdict = streamed(chain_of("output-rules", "block"), sent)
    assert content(chunks) == "The key is "
    assert chunks[-1]["choices"] == [{"index": 0, "delta": {}, "finish_reason": "content_filter"}]
    assert chunks[-1]["id"] == "c"
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[:-1]] == [None, None]
    assert (verdict.action, verdict.rule) == (Outcome.BLOCK, "one")
    assert verdict.to_log()["findings"] == {"AWS_ACCESS_KEY_ID": 1}
    assert AWS_KEY not in repr(verdict)


def test_pattern_split_over_chunks_is_replaced(chain_of: Any, streamed: Any, content: Any) -> None:
    chunks, verdict = streamed(chain_of("output-rules", "mask"), chat(["a ", AWS_KEY[:5], AWS_KEY[5:], " b"]))
    assert content(chunks) == "a <AWS_ACCESS_KEY_ID> b"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert verdict.action == Outcome.MASK


def test_report_changes_nothing_and_holds_nothing_back(chain_of: Any, streamed: Any) -> None:
    sent = chat(["a ", AWS_KEY[:5], AWS_KEY[5:], " <script>"])
    chunks, verdict = streamed(chain_of("output-rules", "report"), sent)
    assert chunks == sent
    assert verdict.action == Outcome.REPORT
    assert {finding.kind for finding in verdict.findings} == {"AWS_ACCESS_KEY_ID", "ACTIVE_HTML"}


def test_ordinary_chunks_arrive_one_by_one(chain_of: Any) -> None:
    async def run() -> list[str]:
        order: list[str] = []

        async def upstream() -> AsyncIterator[Body]:
            for chunk in chat(["One. ", "Two. ", "Three. "]):
                order.append(f"sent {chunk['choices'][0]['delta'].get('content')}")
                yield chunk

        async for chunk in chain_of("output-rules").during(upstream()):
            order.append(f"got {chunk['choices'][0]['delta'].get('content')}")
        return order

    assert asyncio.run(run()) == [
        "sent One. ", "got One. ", "sent Two. ", "got Two. ", "sent Three. ", "got Three. ", "sent None", "got None",
    ]  # fmt: skip


def test_held_tail_comes_before_the_end(chain_of: Any, streamed: Any, content: Any) -> None:
    chunks, verdict = streamed(chain_of("output-rules"), chat(["see A", "K"]))
    assert content(chunks) == "see AK"
    assert chunks[-1]["choices"][0] == {"index": 0, "delta": {}, "finish_reason": "stop"}
    assert verdict.action == Outcome.PASS


def test_held_tail_comes_also_when_the_upstream_ends_without_a_reason(
    chain_of: Any, streamed: Any, content: Any
) -> None:
    chunks, _ = streamed(chain_of("output-rules"), chat(["see A", "K"])[:-1])
    assert content(chunks) == "see AK"


def test_chunks_with_nothing_but_held_text_are_left_out_and_usage_is_not(chain_of: Any, streamed: Any) -> None:
    usage = {"id": "c", "choices": [], "usage": {"total_tokens": 3}}
    first = {"id": "c", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]}
    chunks, _ = streamed(chain_of("output-rules"), [first, *chat(["AKI", "A "]), usage])
    assert [chunk["choices"][0]["delta"] for chunk in chunks[:-1]] == [
        first["choices"][0]["delta"],
        {"content": "AKIA "},
        {},
    ]
    assert chunks[-1] == usage


def test_choices_and_fields_are_read_apart(chain_of: Any, streamed: Any) -> None:
    def chunk(*choices: Body) -> Body:
        return {"id": "c", "choices": list(choices)}

    def delta(index: int, delta: Body, reason: str | None = None) -> Body:
        return {"index": index, "delta": delta, "finish_reason": reason}

    def call(text: str, **more: Any) -> Body:
        return {"tool_calls": [{"index": 1, **more, "function": {"arguments": text}}]}

    sent = [
        chunk(delta(0, {"content": AWS_KEY[:6]}), delta(1, {"content": AWS_KEY[6:]})),
        chunk(delta(0, {"reasoning_content": AWS_KEY[6:]})),
        chunk(delta(1, call('{"k":"' + AWS_KEY[:9], id="call_1"))),
        chunk(delta(1, {"content": "."})),
        chunk(delta(1, call(AWS_KEY[9:] + '"}'))),
        chunk(delta(0, {}, "stop"), delta(1, {}, "tool_calls")),
    ]
    chunks, verdict = streamed(chain_of("output-rules", "mask"), sent)
    text: dict[Any, str] = {}
    for item in chunks:
        for choice in item["choices"]:
            for key, value in choice["delta"].items():
                piece = value[0]["function"]["arguments"] if key == "tool_calls" else value
                text[choice["index"], key] = text.get((choice["index"], key), "") + piece
    assert text == {
        (0, "content"): AWS_KEY[:6],
        (0, "reasoning_content"): AWS_KEY[6:],
        (1, "content"): AWS_KEY[6:] + ".",
        (1, "tool_calls"): '{"k":"<AWS_ACCESS_KEY_ID>"}',
    }
    assert [finding.where for finding in verdict.findings] == ["choices[1].tool_calls[1].function.arguments"]


def test_stop_ends_every_open_choice(chain_of: Any, streamed: Any) -> None:
    def chunk(index: int, text: str, reason: str | None = None) -> Body:
        return {"id": "c", "choices": [{"index": index, "delta": {"content": text}, "finish_reason": reason}]}

    # Some engines send more of a choice that has finished.
    sent = [chunk(0, "done", "stop"), chunk(0, ""), chunk(1, "one"), chunk(2, AWS_KEY + " "), chunk(1, "two")]
    chunks, _ = streamed(chain_of("output-rules"), sent)
    assert [(choice["index"], choice["finish_reason"]) for choice in chunks[-1]["choices"]] == [
        (1, "content_filter"),
        (2, "content_filter"),
    ]


def test_completions_have_texts_instead_of_deltas(chain_of: Any, streamed: Any) -> None:
    sent = [
        {"id": "c", "choices": [{"index": 0, "text": text, "finish_reason": None}]} for text in ("a ", *AWS_KEY, " b")
    ]
    chunks, _ = streamed(chain_of("output-rules"), sent)
    assert [chunk["choices"][0] for chunk in chunks] == [
        {"index": 0, "text": "a ", "finish_reason": None},
        {"index": 0, "text": "", "finish_reason": "content_filter"},
    ]


def test_log_probabilities_do_not_show_what_was_replaced(chain_of: Any, streamed: Any) -> None:
    sent = chat([AWS_KEY + " b"], logprobs={"content": [{"token": AWS_KEY}]})
    chunks, _ = streamed(chain_of("output-rules", "mask"), sent)
    assert len(chunks) == 2
    assert AWS_KEY not in repr(chunks)


def test_upstream_is_closed_at_a_stop_and_when_the_client_goes(chain_of: Any) -> None:
    async def run(take: int, pieces: list[str]) -> bool:
        closed = False

        async def upstream() -> AsyncIterator[Body]:
            nonlocal closed
            try:
                for chunk in chat(pieces):
                    yield chunk
            finally:
                closed = True

        stream = chain_of("output-rules").during(upstream())
        taken = 0
        async for _ in stream:
            taken += 1
            if taken == take:
                break
        if taken == take:
            await stream.aclose()
        return closed

    assert asyncio.run(run(99, [AWS_KEY + " ", "a", "b"]))
    assert asyncio.run(run(1, ["a ", "b ", "c "]))


def test_error_of_the_upstream_reaches_the_client(chain_of: Any) -> None:
    async def run() -> list[Body]:
        async def upstream() -> AsyncIterator[Body]:
            yield chat(["a "])[0]
            raise ConnectionError("upstream is gone")

        return [chunk async for chunk in chain_of("output-rules").during(upstream())]

    with pytest.raises(ConnectionError, match="upstream is gone"):
        asyncio.run(run())


def events(pieces: list[str]) -> list[Body]:
    place = {"item_id": "m", "output_index": 0, "content_index": 0}
    text = "".join(pieces)
    item = {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    response = {"id": "r", "instructions": f"never say {AWS_KEY}", "output": []}
    listed = [
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        *(
            {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": [{"token": piece}]}
            for piece in pieces
        ),
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.content_part.done", **place, "part": item["content"][0]},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {**response, "status": "completed", "output": [item]}},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(listed)]


def test_response_events_are_masked_in_pieces_and_where_they_are_repeated(chain_of: Any, streamed: Any) -> None:
    got, verdict = streamed(chain_of("output-rules", "mask"), events(["key ", AWS_KEY[:7], AWS_KEY[7:], " A"]))
    expected = "key <AWS_ACCESS_KEY_ID> A"
    assert "".join(event["delta"] for event in got if "delta" in event) == expected
    by_type = {event["type"]: event for event in got}
    assert by_type["response.output_text.done"]["text"] == expected
    assert by_type["response.content_part.done"]["part"]["text"] == expected
    assert by_type["response.output_item.done"]["item"]["content"][0]["text"] == expected
    assert by_type["response.completed"]["response"]["output"][0]["content"][0]["text"] == expected
    assert [event["sequence_number"] for event in got] == list(range(len(got)))
    assert AWS_KEY not in repr([event for event in got if "response" not in event])
    assert len(verdict.findings) == 1


def test_stopped_response_ends_as_incomplete(chain_of: Any, streamed: Any) -> None:
    got, verdict = streamed(chain_of("output-rules"), events(["key ", AWS_KEY[:7], AWS_KEY[7:], " A"]))
    assert [event["type"] for event in got] == ["response.created", "response.output_text.delta", "response.incomplete"]
    assert got[-1]["response"]["incomplete_details"] == {"reason": "content_filter"}
    assert got[-1]["response"]["output"] == []
    assert got[-1]["sequence_number"] == 2
    assert verdict.action == Outcome.BLOCK


def test_response_without_pieces_is_judged_by_its_repetitions(chain_of: Any, streamed: Any) -> None:
    sent = [event for event in events([AWS_KEY]) if "delta" not in event]
    got, verdict = streamed(chain_of("output-rules"), sent)
    assert [event["type"] for event in got] == ["response.created", "response.incomplete"]
    assert verdict.action == Outcome.BLOCK


PIECES = st.lists(
    st.sampled_from([AWS_KEY, AWS_KEY[:9], "<script>", "![a](//x)", "word ", "\n", "A", "<"]) | st.text(max_size=5),
    max_size=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pieces=PIECES, action=st.sampled_from(list(Action)), shape=st.sampled_from([chat, events]))
def test_stream_delivers_what_a_whole_answer_holds(
    pieces: list[str], action: Action, shape: Callable[[list[str]], list[Body]]
) -> None:
    chain = GuardrailChain([(OutputRules("output"), action)])
    text = "".join(pieces)

    async def run() -> tuple[str, Any, Any]:
        async def upstream() -> AsyncIterator[Body]:
            for chunk in shape(pieces):
                yield chunk

        stream = chain.during(upstream())
        got = ""
        async for chunk in stream:
            got += chunk.get("delta", "") if shape is events else chunk["choices"][0]["delta"].get("content", "")
        answer = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}
        return got, stream.verdict, await chain.after(answer)

    got, streamed_verdict, verdict = asyncio.run(run())
    assert streamed_verdict.action == verdict.action
    if verdict.action == Outcome.BLOCK:
        # The text before the finding had been delivered; a whole answer is not delivered at all.
        assert verdict.body is None
    else:
        assert got == (verdict.body["choices"][0]["message"]["content"] if verdict.body else text)

from __future__ import annotations

from typing import Any

import pytest

from llm_gateway.usage import Streamed, Usage, is_usage_only, usage_of


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"usage": {"prompt_tokens": 7, "completion_tokens": 2}}, Usage(7, 2)),
        ({"usage": {"prompt_tokens": 7, "total_tokens": 7}}, Usage(7, 0)),
        ({"usage": {"input_tokens": 7, "output_tokens": 2}}, Usage(7, 2)),
        ({"type": "response.completed", "response": {"usage": {"input_tokens": 1, "output_tokens": 3}}}, Usage(1, 3)),
        ({"usage": None}, None),
        ({"usage": {"prompt_tokens": "7"}}, None),
        ({"usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}}, None),
        ({"usage": {"prompt_tokens": 0, "completion_tokens": 2}}, None),
        ({"usage": {"prompt_tokens": -7, "completion_tokens": 2}}, None),
        ({"usage": {"prompt_tokens": 7, "completion_tokens": -2}}, None),
        ({}, None),
    ],
)
def test_usage_as_it_is_stated(answer: dict[str, Any], expected: Usage | None) -> None:
    assert usage_of(answer) == expected


@pytest.mark.parametrize(
    ("events", "tokens"),
    [
        ([], 0),
        ([{"choices": [{"delta": {"role": "assistant"}}]}], 0),
        ([{"choices": [{"delta": {"content": "a"}}]}] * 4, 4),
        ([{"choices": [{"text": "abcdef"}]}], 2),
        ([{"choices": [{"delta": {"reasoning_content": "abcdef"}}]}], 2),
        ([{"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "c", "function": {"arguments": "abc"}}]}}]}], 1),
        ([{"type": "response.output_text.delta", "delta": "abcdef"}], 2),
        ([{"type": "response.completed", "response": {"output": ["abcdef"]}}], 0),
        ([{"choices": [{"delta": {"content": "日本"}}]}], 2),
    ],
)
def test_tokens_of_a_stream_that_broke(events: list[dict[str, Any]], tokens: int) -> None:
    streamed = Streamed()
    for event in events:
        streamed.add(event)
    assert streamed.tokens == tokens
    assert streamed.any == (tokens > 0)


def test_events_that_hold_usage_alone() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    assert is_usage_only({"choices": [], "usage": usage})
    assert is_usage_only({"choices": [{"index": 0, "delta": {}}], "usage": usage})
    assert not is_usage_only({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": usage})
    assert not is_usage_only({"choices": [{"index": 0, "delta": {"content": "a"}}], "usage": usage})
    assert not is_usage_only({"choices": [{"index": 0, "delta": {}}]})

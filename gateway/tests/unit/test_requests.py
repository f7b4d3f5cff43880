from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from llm_gateway import requests
from llm_gateway.config import Model
from llm_gateway.requests import CHAT, COMPLETIONS, EMBEDDINGS, RESPONSES, BadRequest

MODEL = Model("chat", True, 1, 2, max_input_tokens=1000, max_output_tokens=100)

MESSAGES = {"model": "chat", "messages": [{"role": "user", "content": "hi"}]}


def refused(route: str, body: dict[str, Any]) -> str:
    with pytest.raises(BadRequest) as error:
        requests.check(route, body)
    return str(error.value)


@pytest.mark.parametrize(
    "field",
    ["api_base", "base_url", "api_key", "user_config", "model_list", "fallbacks", "mock_response",
     "num_retries", "timeout", "metadata", "litellm_metadata", "guardrails", "tags", "caching", "ttl",
     "input_cost_per_token", "extra_headers", "extra_body", "cache_salt", "custom_llm_provider", "no-log",
     "vertex_credentials", "previous_response_id", "conversation", "background", "service_tier", "prediction",
     "web_search_options", "chat_template"],
)  # fmt: skip
def test_fields_that_steer_the_engine_are_refused(field: str) -> None:
    for route in requests.ROUTES:
        assert f"{field}: this gateway does not take" in refused(route, {**MESSAGES, field: {}})


def test_every_problem_at_once() -> None:
    message = refused(CHAT, {"model": 1, "stream": "yes", "n": 17, "tools": [{"type": "web_search"}], "store": True})
    for part in ("model: expected", "stream: expected", "n: expected", "tools: expected", "store: nothing"):
        assert part in message


@pytest.mark.parametrize("value", [0, -1, 17, True, 1.5, "3"])
def test_numbers_of_answers(value: object) -> None:
    assert "n: expected a whole number" in refused(CHAT, {**MESSAGES, "n": value})


@pytest.mark.parametrize(
    "url",
    ["http://example.com/a.png", "https://10.0.0.7/a", "https://localhost/a", "https://[::1]/a", "file:///etc/passwd",
     "https://models.svc/a", "https://vault.internal/a", "https://x.local./a", "https://0x7f.1/a", "gopher://a.example/",
     "/etc/passwd", "file-abc123", "AAAA", "//10.0.0.7/a", "https:10.0.0.7/a", "", "s3:bucket"],
)  # fmt: skip
def test_media_inside_the_network_are_refused(url: str) -> None:
    part = {"type": "image_url", "image_url": {"url": url}}
    assert "expected media" in refused(CHAT, {**MESSAGES, "messages": [{"role": "user", "content": [part]}]})
    item = {"role": "user", "content": [{"type": "input_image", "image_url": url}]}
    assert "expected media" in refused(RESPONSES, {"model": "chat", "input": [item]})


@pytest.mark.parametrize("url", ["https://images.example.com/a.png", "data:image/png;base64,AAAA"])
def test_other_media_are_taken(url: str) -> None:
    part = {"type": "image_url", "image_url": {"url": url}}
    body = {**MESSAGES, "messages": [{"role": "user", "content": [part]}]}
    requests.check(CHAT, body)
    assert requests.input_bound(CHAT, body, 200, MODEL) == 1000


@pytest.mark.parametrize(
    ("route", "body", "expected", "stated"),
    [
        (CHAT, {}, 100, {"max_tokens": 100}),
        (CHAT, {"max_tokens": 7}, 7, {"max_tokens": 7}),
        (CHAT, {"max_completion_tokens": 7, "n": 3}, 21, {"max_completion_tokens": 7}),
        (CHAT, {"max_completion_tokens": 7, "max_tokens": 9}, 9, {"max_tokens": 9}),
        (COMPLETIONS, {"prompt": ["a", "b"], "best_of": 4, "n": 2, "max_tokens": 5}, 40, {"max_tokens": 5}),
        (COMPLETIONS, {"prompt": [1, 2, 3]}, 100, {"max_tokens": 100}),
        (COMPLETIONS, {"prompt": [[1, 2], [3]], "max_tokens": 5}, 10, {"max_tokens": 5}),
        (RESPONSES, {}, 100, {"max_output_tokens": 100}),
        (EMBEDDINGS, {"input": "a"}, 0, {}),
    ],
)
def test_the_bound_of_the_output(route: str, body: dict[str, Any], expected: int, stated: dict[str, Any]) -> None:
    assert requests.bound_output(route, body, MODEL) == expected
    assert stated.items() <= body.items()


@pytest.mark.parametrize("value", [0, 101, True, "5", 2.0])
def test_a_limit_of_output_over_the_models_is_refused(value: object) -> None:
    with pytest.raises(BadRequest, match="max_tokens: expected a whole number from 1 to 100"):
        requests.bound_output(CHAT, {"max_tokens": value}, MODEL)


def test_a_model_that_only_embeds() -> None:
    model = Model("embed", True, 1, 0, 1000, 0)
    with pytest.raises(BadRequest, match="generates no text"):
        requests.bound_output(CHAT, {}, model)


@pytest.mark.parametrize("text", ["hello", "日本語のテキスト", "🙂🙂🙂", "\x00\x01", "a b c d e f g"])
def test_the_bound_of_the_input_is_no_less_than_its_bytes(text: str) -> None:
    body = {**MESSAGES, "messages": [{"role": "user", "content": text}]}
    size = len(json.dumps(body).encode())
    # A byte-level tokenizer makes one token of a byte at most.
    assert requests.input_bound(CHAT, body, size, MODEL) >= len(text.encode())
    assert requests.input_bound(CHAT, body, 10**6, MODEL) == 1000


def test_a_prompt_that_no_server_of_the_platform_bounds_is_reserved_whole() -> None:
    remote = replace(MODEL, self_hosted=False)
    assert requests.input_bound(CHAT, MESSAGES, 5000, remote) >= 5000
    # The tokens of pictures do not come from their bytes.
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    body = {**MESSAGES, "messages": [{"role": "user", "content": [part]}]}
    assert requests.input_bound(CHAT, body, 5000, remote) == 1000


def test_prompts_that_are_too_long_for_each_model() -> None:
    def check(content: object, *models: Model) -> None:
        body = {**MESSAGES, "messages": [{"role": "user", "content": content}]}
        requests.check_input(CHAT, body, len(json.dumps(body).encode()), models)

    check("a" * 7900, MODEL)
    # Its escapes are longer than the text is.
    check("日" * 2600, MODEL)
    check([{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 9000}}], MODEL)
    # A fallback may be asked because its context is longer.
    check("a" * 9000, MODEL, replace(MODEL, max_input_tokens=2000))
    with pytest.raises(BadRequest, match="expected a prompt of at most 1000 tokens"):
        check("a" * 8001, MODEL)


def test_many_inputs_have_the_limit_each() -> None:
    body = {"model": "chat", "input": ["a"] * 3}
    assert requests.input_bound(EMBEDDINGS, body, 10**6, MODEL) == 3000


@pytest.mark.parametrize("where", ["messages", "input"])
def test_files_of_the_platforms_account_are_refused(where: str) -> None:
    route = CHAT if where == "messages" else RESPONSES
    content = [{"type": "file", "file": {"file_id": "file-1"}}]
    assert "file_id: files" in refused(route, {"model": "chat", where: [{"role": "user", "content": content}]})


def test_a_tool_may_have_a_parameter_of_that_name() -> None:
    parameters = {"type": "object", "properties": {"file_id": {"type": "string"}}}
    requests.check(CHAT, {**MESSAGES, "tools": [{"type": "function", "function": {"parameters": parameters}}]})


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {}}]}]},
        {"messages": [{"role": "user", "content": "a", "cache_control": None}]},
        {"tools": [{"type": "function", "function": {"name": "a", "parameters": {}, "cache_control": {}}}]},
    ],
)
def test_writing_to_a_providers_cache_is_refused(fields: dict[str, Any]) -> None:
    assert "cache_control: writing" in refused(CHAT, {**MESSAGES, **fields})


@pytest.mark.parametrize(
    "arguments",
    ["x", [], [1], {"a": {}}, {"a": []}, {"chat_template": "x"}, {"tokenize": False}, {"tools": None}, {"documents": 1},
     {"conversation": 1}],
)  # fmt: skip
def test_arguments_that_take_the_templates_place_are_refused(arguments: object) -> None:
    assert "chat_template_kwargs: expected" in refused(CHAT, {**MESSAGES, "chat_template_kwargs": arguments})


@pytest.mark.parametrize("arguments", [None, {}, {"enable_thinking": False, "effort": "low", "budget": 1}])
def test_other_arguments_of_templates_are_taken(arguments: object) -> None:
    requests.check(CHAT, {**MESSAGES, "chat_template_kwargs": arguments})


def test_few_unknown_fields_are_named() -> None:
    message = refused(CHAT, {**MESSAGES, **{f"field{number}": 1 for number in range(5000)}})
    assert message.count("this gateway does not take this field") == 10
    assert "4990 more fields" in message


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_numbers_that_are_none_are_refused(number: str) -> None:
    with pytest.raises(BadRequest, match="finite numbers"):
        requests.parse(b'{"temperature": %s}' % number.encode())


@pytest.mark.parametrize(
    "raw", [b'{"a": "\\ud83d"}', b'{"a": "\\uDE00\\uD83D"}', b'{"\\udfff": 1}', b'{"a": "\xed\xa0\x80"}']
)
def test_halves_of_characters_are_refused(raw: bytes) -> None:
    with pytest.raises(BadRequest, match="whole characters"):
        requests.parse(raw)


def test_whole_characters_are_taken() -> None:
    assert requests.parse(b'{"a": "\\ud83d\\ude00 \\\\ud83d"}') == {"a": "\U0001f600 \\ud83d"}


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000])
def test_bodies_that_are_no_object(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        requests.parse(raw)

"""Input rules: sizes, roles, media."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llm_gateway.guardrails import Outcome
from llm_gateway.guardrails.input_rules import estimated_tokens


def verdict_of(chain: Any, request: dict[str, Any]) -> Any:
    return asyncio.run(chain.before(request))


def test_every_limit_that_is_passed_is_said_at_once(chain_of: Any) -> None:
    chain = chain_of("input-rules", maxCharacters=10, maxEstimatedTokens=2, maxMessages=1, roles=["user"])
    request = {"messages": [{"role": "system", "content": "secret words"}, {"content": "b"}]}
    verdict = verdict_of(chain, request)
    assert verdict.action == Outcome.BLOCK
    assert [finding.kind for finding in verdict.findings] == [
        "characters",
        "estimated-tokens",
        "messages",
        "role",
        "role",
    ]
    assert [finding.where for finding in verdict.findings[3:]] == ["messages[0].role", "messages[1].role"]
    for words in ("at most 10 characters, got 13", "about 2 tokens at most, got about 4", "at most 1 messages, got 2"):
        assert words in verdict.message
    assert "secret" not in verdict.message


def test_what_keeps_the_limits_passes(chain_of: Any) -> None:
    chain = chain_of("input-rules", maxCharacters=10, maxEstimatedTokens=3, maxMessages=1, roles=["user"])
    assert verdict_of(chain, {"messages": [{"role": "user", "content": "0123456789"}]}).action == Outcome.PASS
    assert verdict_of(chain, {"prompt": "0123456789"}).action == Outcome.PASS


def test_items_of_a_response_that_are_no_messages_need_no_role(chain_of: Any) -> None:
    items = [{"type": "function_call_output", "call_id": "1", "output": "x"}, {"role": "developer", "content": "x"}]
    verdict = verdict_of(chain_of("input-rules", roles=["user"]), {"input": items})
    assert [finding.where for finding in verdict.findings] == ["input[1].role"]


def test_texts_to_embed_are_no_messages(chain_of: Any) -> None:
    assert verdict_of(chain_of("input-rules", maxMessages=1), {"input": ["a", "b"]}).action == Outcome.PASS


def test_servers_of_tools_are_media_too(chain_of: Any) -> None:
    request = {"input": "a", "tools": [{"type": "mcp", "server_url": "https://tools.example/sse"}]}
    assert verdict_of(chain_of("input-rules"), request).findings[0].where == "tools[0].server_url"


def test_report_lets_everything_pass(chain_of: Any) -> None:
    assert verdict_of(chain_of("input-rules", "report", maxCharacters=1), {"prompt": "ab"}).action == Outcome.REPORT


def test_numbers_of_tokens_are_refused_unless_allowed(chain_of: Any) -> None:
    for request in ({"input": [1, 2]}, {"prompt": [[1, 2], [3]]}):
        assert verdict_of(chain_of("input-rules"), request).action == Outcome.BLOCK
        assert verdict_of(chain_of("input-rules", tokenArrays=True), request).action == Outcome.PASS


def image(url: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": url}]}]}


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/a.png",
        "http://media.example/a.png",
        "https://media.example.evil.example/a.png",
        "https://media.example@evil.example/a.png",
        "https://media.example:8443/a.png",
        "https://evil.example\\@media.example/",
        "https://media.example\n.evil.example/",
        "https://169.254.169.254/latest/meta-data",
        "https://cdn.example/a.png",
        "https://notcdn.example/a.png",
        "https://user@media.example/a.png",
        "https://media.example/a\n.png",
        "https://media.example\\.cdn.example/a.png",
        "file:///etc/hosts",
        "https://[::1/",
        "https://m\u00e9dia.example/",
        "//media.example/a.png",
    ],
)
def test_media_from_elsewhere_is_refused(chain_of: Any, url: str) -> None:
    chain = chain_of("input-rules", mediaDomains=["media.example", "*.cdn.example"])
    for request in (
        image({"url": url}),
        image(url),
        {"input": [{"role": "user", "content": [{"type": "input_file", "file_url": url}]}]},
        {"messages": [{"role": "user", "content": [{"type": "video_url", "video_url": {"url": url}}]}]},
    ):
        verdict = verdict_of(chain, request)
        assert (verdict.action, verdict.findings[0].kind) == (Outcome.BLOCK, "media")


@pytest.mark.parametrize(
    "url",
    [
        "https://media.example/a.png",
        "https://MEDIA.example:443/",
        "https://a.b.cdn.example/x",
        "data:image/png;base64,AA",
    ],
)
def test_media_from_the_list_passes(chain_of: Any, url: str) -> None:
    chain = chain_of("input-rules", mediaDomains=["media.example", "*.cdn.example"])
    assert verdict_of(chain, image({"url": url})).action == Outcome.PASS


def test_without_a_list_no_remote_media_and_data_urls_by_option(chain_of: Any) -> None:
    assert verdict_of(chain_of("input-rules"), image({"url": "https://media.example/"})).action == Outcome.BLOCK
    assert (
        verdict_of(chain_of("input-rules", dataUrls=False), image({"url": "DATA:image/png,"})).action == Outcome.BLOCK
    )


def test_sources_that_an_earlier_answer_named_are_no_media(chain_of: Any) -> None:
    message = {"role": "assistant", "content": "x", "annotations": [{"url_citation": {"url": "https://news.example"}}]}
    assert verdict_of(chain_of("input-rules"), {"messages": [message]}).action == Outcome.PASS


def test_estimate_counts_other_scripts_by_character() -> None:
    assert [estimated_tokens(text) for text in ("", "a", "abcd", "abcde", "\u4f60\u597d", "ab\u4f60")] == [
        0,
        1,
        1,
        2,
        2,
        2,
    ]

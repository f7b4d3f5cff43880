"""The real LiteLLM behind the policy. What looks safe in its settings often was not: every version is asked again."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import redis as redis_client

from ..support import wait_until
from .conftest import SOURCES, Gateway, auth
from .stub import REVISION


def spent(gateway: Gateway, tenant: str) -> int:
    month = datetime.now(UTC).strftime("%Y-%m")
    with redis_client.Redis.from_url(gateway.redis.url, decode_responses=True) as client:
        return int(client.get(f"llm:{{{tenant}}}:budget:{month}") or 0)


def test_no_key_is_401(gateway: Gateway) -> None:
    body = {"model": "chat", "messages": [{"role": "user", "content": "hi"}]}
    before = gateway.stub.asked
    for headers in (
        {},
        {"authorization": "Bearer sk-nobody"},
        {"authorization": "sk-search"},
        {"x-api-key": "sk-search"},
    ):
        response = gateway.client.post("/v1/chat/completions", json=body, headers=headers)
        assert response.status_code == 401, headers
        assert response.json()["error"]["code"] == "invalid_api_key"
    twice = [("authorization", "Bearer sk-search"), ("authorization", "Bearer sk-shop")]
    assert gateway.client.post("/v1/chat/completions", json=body, headers=twice).status_code == 401
    assert gateway.stub.asked == before


def test_an_answer_and_what_is_known_of_it(gateway: Gateway) -> None:
    response = gateway.chat("plain")
    assert response.status_code == 200
    assert response.json()["choices"][0]["message"]["content"] == "hello"
    assert response.json()["model"] == "chat"
    assert response.headers["x-llm-model"] == "chat"
    assert response.headers["x-llm-revision"] == REVISION
    assert not [name for name in response.headers if "litellm" in name or "provider" in name]
    line = gateway.audit(response)
    assert (line["tenant"], line["model"], line["answeredBy"], line["revision"]) == ("plain", "chat", "chat", REVISION)
    assert (line["inputTokens"], line["outputTokens"], line["costMicroUsd"]) == (7, 2, 11)
    assert (line["status"], line["end"], line["cache"], line["fallback"]) == (200, "complete", "off", False)
    assert "request" not in line and "answer" not in line


def test_the_upstream_gets_a_salt_of_the_tenant_and_nothing_of_its_key(gateway: Gateway) -> None:
    gateway.chat("plain", seed=71)
    gateway.chat("shop", seed=72)
    salts = {body.get("seed"): body["cache_salt"] for body in gateway.stub.bodies("ok")}
    assert salts[71] != salts[72]
    assert len(salts[71]) == 64
    for _, _, headers in gateway.stub.requests:
        assert "sk-plain" not in str(headers)
        assert "Bearer gateway" not in str(headers)


def test_a_model_of_others_is_403(gateway: Gateway) -> None:
    for model in ("spare", "no-such-model"):
        response = gateway.chat("shop", model)
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "model_not_allowed"
    names = gateway.client.get("/v1/models", headers=auth("shop")).json()["data"]
    assert [model["id"] for model in names] == ["chat"]


@pytest.mark.parametrize("stream", [False, True])
def test_fallback_only_to_a_model_that_the_tenant_may_use(gateway: Gateway, stream: bool) -> None:
    allowed = gateway.chat("search", "fragile", stream=stream, temperature=0.1)
    assert allowed.status_code == 200
    assert allowed.headers["x-llm-model"] == "spare"
    line = gateway.audit(allowed)
    assert (line["model"], line["answeredBy"], line["attempts"], line["fallback"]) == ("fragile", "spare", 2, True)
    assert "ok-spare" not in allowed.text
    # Only an engine of the platform knows the field.
    assert all("cache_salt" not in body for body in gateway.stub.bodies("ok-spare"))

    asked = len(gateway.stub.bodies("ok-spare"))
    refused = gateway.chat("narrow", "fragile", stream=stream)
    assert refused.status_code == 502
    assert "10.0.0.7" not in refused.text
    assert len(gateway.stub.bodies("ok-spare")) == asked
    assert gateway.audit(refused)["costMicroUsd"] == 0


def test_context_overflow_falls_back(gateway: Gateway) -> None:
    response = gateway.chat("search", "short")
    assert response.status_code == 200
    assert response.headers["x-llm-model"] == "chat"


def test_an_error_of_the_request_is_told(gateway: Gateway) -> None:
    response = gateway.chat("narrow", "picky", temperature=3)
    assert response.status_code == 400
    assert "temperature must be at most 2" in response.json()["error"]["message"]
    assert "litellm" not in response.text.lower() and "hosted_vllm" not in response.text.lower()


def test_requests_a_minute(gateway: Gateway) -> None:
    _away_from_the_end_of_a_minute()
    statuses = [gateway.chat("limited").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = gateway.chat("limited")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert gateway.audit(refused)["reason"] == "rate_limit_exceeded"


def test_tokens_a_minute_are_settled_to_what_was_used(gateway: Gateway) -> None:
    _away_from_the_end_of_a_minute()
    # Each reserves some 350 tokens and takes 9, so one after another there is room for many.
    assert [gateway.chat("metered").status_code for _ in range(5)] == [200] * 5
    assert gateway.chat("metered", messages=[{"role": "user", "content": "x" * 600}]).status_code == 429


def test_twelve_at_once_against_a_budget_for_three(gateway: Gateway) -> None:
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: gateway.chat("poor", "slow", max_tokens=10), range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [429] * 9
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["error"]["code"] == "insufficient_quota"
    assert spent(gateway, "poor") == 30_000
    assert len(gateway.stub.bodies("slow")) == 3


def test_an_error_gives_back_what_was_reserved(gateway: Gateway) -> None:
    gateway.stub.failing.add("ok")
    try:
        before = spent(gateway, "search")
        failed = gateway.chat("search", "chat", seed=1)
        assert failed.status_code == 502
        assert gateway.audit(failed)["reservedMicroUsd"] > 0
        assert spent(gateway, "search") == before
    finally:
        gateway.stub.failing.clear()


def test_the_cache_answers_its_own_tenant_alone(gateway: Gateway) -> None:
    question: dict[str, Any] = {"messages": [{"role": "user", "content": "what is a cache?"}], "temperature": 0}

    def asked() -> int:
        return len([b for b in gateway.stub.bodies("ok") if b["messages"] == question["messages"]])

    first = gateway.chat("search", **question)
    assert gateway.audit(first)["cache"] == "miss"
    # The write to the cache follows the answer.
    again = wait_until(
        "cached answer",
        lambda: (r := gateway.chat("search", **question)) and gateway.audit(r)["cache"] == "hit" and r,
    )
    assert again.status_code == 200
    before = asked()
    assert gateway.chat("search", **question).json()["choices"][0]["message"] == first.json()["choices"][0]["message"]
    assert asked() == before

    line = gateway.audit(again)
    assert (line["costMicroUsd"], line["revision"]) == (0, None)

    other = gateway.chat("shop", **question)
    assert gateway.audit(other)["cache"] == "miss"
    assert asked() == before + 1
    foreign = gateway.chat("plain", **question, cache={"namespace": "llm:{search}:cache", "use-cache": True})
    assert gateway.audit(foreign)["cache"] == "off"
    assert asked() == before + 2
    foreign = gateway.chat("shop", **question, cache={"namespace": "llm:{search}:cache", "no-cache": True})
    assert gateway.audit(foreign)["cache"] == "miss"
    assert asked() == before + 3


def test_the_cache_answers_no_other_question(gateway: Gateway) -> None:
    question: dict[str, Any] = {"messages": [{"role": "user", "content": "which question is it?"}], "temperature": 0}
    gateway.chat("search", **question)
    wait_until(
        "cached answer",
        lambda: (r := gateway.chat("search", **question)) and gateway.audit(r)["cache"] == "hit",
    )
    others: list[dict[str, Any]] = [
        {"top_k": 7},
        {"min_p": 0.5},
        {"repetition_penalty": 1.5},
        {"guided_json": {"type": "object"}},
        {"guided_choice": ["a", "b"]},
        {"structured_outputs": {"choice": ["a", "b"]}},
        {"chat_template_kwargs": {"enable_thinking": False}},
        {"stop_token_ids": [7]},
    ]
    answers = [(fields, gateway.chat("search", **question, **fields)) for fields in others]
    assert [fields for fields, answer in answers if answer.status_code != 200] == []
    assert [fields for fields, answer in answers if gateway.audit(answer)["cache"] != "miss"] == []


def test_a_cached_stream_costs_nothing(gateway: Gateway) -> None:
    question: dict[str, Any] = {"messages": [{"role": "user", "content": "stream me"}], "stream": True}
    first = gateway.chat("search", **question)
    assert first.text.endswith("data: [DONE]\n\n")
    again = wait_until(
        "cached stream",
        lambda: (r := gateway.chat("search", **question)) and gateway.audit(r)["cache"] == "hit" and r,
    )
    assert gateway.audit(again)["costMicroUsd"] == 0
    assert "w3" in again.text


def test_streams_come_piece_by_piece_and_end(gateway: Gateway) -> None:
    times, events = [], []
    body = {"model": "endless", "messages": [{"role": "user", "content": "go"}], "stream": True, "max_tokens": 1000}
    with gateway.client.stream("POST", "/v1/chat/completions", json=body, headers=auth("plain")) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                times.append(time.monotonic())
                events.append(line)
            if len(events) == 10:
                break
    # The upstream pauses 50 ms between events; an answer in one piece would come at once after 20 s.
    assert times[-1] - times[0] > 0.2


def test_usage_comes_only_to_who_asked_for_it(gateway: Gateway) -> None:
    plain = gateway.chat("plain", stream=True)
    assert '"usage"' not in plain.text
    assert plain.text.endswith("data: [DONE]\n\n")
    line = gateway.audit(plain)
    assert (line["inputTokens"], line["outputTokens"], line["tokensGuessed"]) == (7, 4, False)
    asked = gateway.chat("plain", stream=True, stream_options={"include_usage": True})
    assert '"completion_tokens":4' in asked.text


def test_a_client_that_goes_away_is_settled_by_what_was_streamed(gateway: Gateway) -> None:
    before, cut_off = spent(gateway, "search"), gateway.stub.cut_off
    body = {"model": "endless", "messages": [{"role": "user", "content": "bye"}], "stream": True, "max_tokens": 1000}
    with gateway.client.stream("POST", "/v1/chat/completions", json=body, headers=auth("search")) as response:
        call = response.headers["x-request-id"]
        lines = response.iter_lines()
        for _ in range(10):
            next(lines)
    line = gateway.audit_where(requestId=call)
    assert (line["end"], line["tokensGuessed"]) == ("vanished", True)
    assert line["reservedMicroUsd"] > 100_000
    assert 5 <= line["outputTokens"] < 200
    assert line["costMicroUsd"] == line["inputTokens"] + 100 * line["outputTokens"]
    assert spent(gateway, "search") - before == line["costMicroUsd"]
    # The model stops generating.
    wait_until("end of the upstream's work", lambda: gateway.stub.cut_off > cut_off)


def test_a_broken_stream_is_settled_by_what_was_streamed(gateway: Gateway) -> None:
    before = spent(gateway, "search")
    response = gateway.chat("search", "breaking", stream=True)
    assert "[DONE]" not in response.text
    assert "stream_broken" in response.text
    line = gateway.audit(response)
    assert (line["end"], line["tokensGuessed"]) == ("broken", True)
    assert 1 <= line["outputTokens"] <= 10
    assert spent(gateway, "search") - before == line["costMicroUsd"] > 0


def test_the_other_three_routes(gateway: Gateway) -> None:
    completion = gateway.post("plain", "/v1/completions", {"model": "chat", "prompt": "hi", "max_tokens": 5})
    assert completion.json()["choices"][0]["text"] == "hello"
    assert gateway.audit(completion)["costMicroUsd"] == 11
    embedding = gateway.post("plain", "/v1/embeddings", {"model": "chat", "input": "hi"})
    assert embedding.json()["data"][0]["embedding"] == [0.5]
    assert gateway.audit(embedding)["costMicroUsd"] == 3
    response = gateway.post("plain", "/v1/responses", {"model": "chat", "input": "hi"})
    assert response.json()["output"][0]["content"][0]["text"] == "hello"
    assert gateway.audit(response)["costMicroUsd"] == 11
    stream = gateway.post("plain", "/v1/responses", {"model": "chat", "input": "hi", "stream": True})
    assert "response.completed" in stream.text
    assert gateway.audit(stream)["costMicroUsd"] == 11
    sent = [body for path, body, _ in gateway.stub.requests if path.endswith("/responses")]
    assert [body["store"] for body in sent] == [False, False]


def test_every_other_route_of_litellm_is_closed(gateway: Gateway) -> None:
    # First ours, which sets what LiteLLM reads when it is loaded.
    importlib.import_module("llm_gateway.litellm_hooks")
    from litellm.proxy.proxy_server import app

    described = app.openapi()["paths"]
    routes = {(method.upper(), path) for path, methods in described.items() for method in methods}
    routes |= {("GET", route.path) for route in app.routes if hasattr(route, "path")}
    assert len(routes) > 700
    open_routes = set()
    for method, path in sorted(routes):
        concrete = path.replace("{path:path}", "x").replace("{", "").replace("}", "").replace(":path", "")
        response = gateway.client.request(method, concrete, headers=auth("search"), json={})
        if response.status_code not in (404, 405):
            open_routes.add((method, path))
    allowed = {("POST", f"/v1/{name}") for name in ("chat/completions", "completions", "embeddings", "responses")}
    assert open_routes == {*allowed, ("GET", "/v1/models")}
    for path in ("/v1/chat/completions/", "//v1/models", "/v1/models/../../health", "/v1/%6dodels", "/v1/models;a"):
        raw = httpx.Request("GET", f"http://127.0.0.1:{gateway.port}/", headers=auth("search"))
        raw.url = raw.url.copy_with(raw_path=path.encode())
        assert gateway.client.send(raw).status_code in (404, 405), path


def test_prompts_are_logged_only_where_the_tenant_opted_in(gateway: Gateway) -> None:
    secret = "a-word-that-nobody-else-says"
    messages = [{"role": "user", "content": secret}]
    line = gateway.audit(gateway.chat("opted-in", messages=messages))
    assert line["request"]["messages"] == messages
    assert line["answer"]["choices"][0]["message"]["content"] == "hello"
    secret = "a-word-for-no-log"
    for model in ("chat", "fragile", "picky"):
        gateway.chat("narrow" if model == "picky" else "search", model, messages=[{"role": "user", "content": secret}])
    assert secret not in json.dumps(gateway.audit_lines())
    assert secret not in gateway.log()
    assert "sk-search" not in gateway.log() + json.dumps(gateway.audit_lines())


def test_a_body_over_the_limit_is_413(gateway: Gateway) -> None:
    response = gateway.chat("plain", messages=[{"role": "user", "content": "x" * 200_000}])
    assert response.status_code == 413
    raw = {**auth("plain"), "content-type": "application/json"}
    chunks = (b"x" * 10_000 for _ in range(20))
    assert gateway.client.post("/v1/chat/completions", content=chunks, headers=raw).status_code == 413


def test_a_rotated_key_is_live_and_the_old_one_dead(gateway: Gateway) -> None:
    gateway.write_keys("shop", "sk-new")
    try:
        wait_until(
            "new key",
            lambda: gateway.client.get("/v1/models", headers={"authorization": "Bearer sk-new"}).status_code == 200,
        )
        assert gateway.client.get("/v1/models", headers=auth("shop")).status_code == 401
    finally:
        gateway.write_keys("shop", "sk-shop")
        wait_until("old key", lambda: gateway.client.get("/v1/models", headers=auth("shop")).status_code == 200)


def test_metrics_name_nobody(gateway: Gateway) -> None:
    gateway.chat("plain")
    page = httpx.get(f"http://127.0.0.1:{gateway.management_port}/metrics").text
    assert (
        'llm_gateway_requests_total{end="complete",model="chat",route="/v1/chat/completions",status_code="200",' in page
    )
    for label in ("client_ip", "user_agent", "email", "api_key"):
        assert label not in page
    assert gateway.client.get("/metrics", headers=auth("plain")).status_code == 404


def test_the_audit_log_and_the_counters_agree(gateway: Gateway) -> None:
    gateway.chat("search")
    ended = subprocess.run(
        [sys.executable, "-m", "llm_gateway.reconcile"],
        input="".join(json.dumps(line) + "\n" for line in gateway.audit_lines()),
        env={**os.environ, "PYTHONPATH": str(SOURCES), "REDIS_URL": gateway.redis.url,
             "POLICY_CONFIG": str(gateway.keys.parent / "policy.json")},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert {line["tenant"] for line in found} >= {"search"}
    assert all(line["audited"] == line["counted"] for line in found), found


def test_without_redis_only_tenants_with_a_budget_are_refused_and_nothing_spent_is_forgotten(gateway: Gateway) -> None:
    assert gateway.chat("search").status_code == 200
    before = spent(gateway, "search")
    gateway.redis.kill()
    try:
        refused = gateway.chat("search")
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "budget_unavailable"
        assert gateway.chat("plain").status_code == 200
        assert gateway.chat("shop", seed=99).status_code == 200
    finally:
        gateway.redis.start()
    assert wait_until("recovery", lambda: (r := gateway.chat("search", seed=5)).status_code == 200 and r)
    assert spent(gateway, "search") >= before > 0


def test_a_stream_under_way_outlives_sigterm(gateway: Gateway) -> None:
    body = {"model": "chat", "messages": [{"role": "user", "content": "bye"}], "stream": True}
    with gateway.client.stream("POST", "/v1/chat/completions", json=body, headers=auth("plain")) as response:
        gateway.process.send_signal(signal.SIGTERM)
        text = "".join(response.iter_text())
    assert text.endswith("data: [DONE]\n\n")
    assert gateway.process.wait(60) == 0
    assert gateway.audit_lines()[-1]["end"] == "complete"


def _away_from_the_end_of_a_minute() -> None:
    """What counts by the minute is not asked across its end."""
    if time.time() % 60 > 45:
        time.sleep(60 - time.time() % 60)

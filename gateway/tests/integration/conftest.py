"""The real gateway: LiteLLM with the policy program, a real Redis, and a stub for the models."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ..support import RedisServer, free_port, policy, wait_until
from .stub import Stub

SOURCES = Path(__file__).parents[2] / "src"

MODELS: dict[str, dict[str, Any]] = {
    "chat": {"upstream": "ok", "selfHosted": True},
    "spare": {"upstream": "ok-spare", "selfHosted": False},
    "fragile": {"upstream": "fail", "selfHosted": True, "fallbacks": ["spare"]},
    "short": {"upstream": "overflow", "selfHosted": True, "fallbacks": ["chat"]},
    "picky": {"upstream": "refuse", "selfHosted": True},
    # 1,000 micro-USD a token of output, and none of input: a call of 10 tokens reserves 10,000.
    "slow": {"upstream": "slow", "selfHosted": True, "input": 0, "output": 1000},
    "endless": {"upstream": "endless", "selfHosted": True, "output": 100, "maxOutputTokens": 1000},
    "breaking": {"upstream": "break", "selfHosted": True, "output": 100},
}

TENANTS: list[dict[str, Any]] = [
    {"name": "search", "models": list(MODELS), "budgetUsdPerMonth": 50, "cache": "exact"},
    {"name": "shop", "models": ["chat"], "cache": "exact"},
    {"name": "plain", "models": ["chat", "endless"]},
    {"name": "narrow", "models": ["fragile", "picky"]},
    {"name": "limited", "models": ["chat"], "requestsPerMinute": 3},
    {"name": "metered", "models": ["chat"], "tokensPerMinute": 500},
    {"name": "poor", "models": ["slow"], "budgetUsdPerMonth": 0.035},
    {"name": "opted-in", "models": ["chat"], "promptLogging": True},
]


class Gateway:
    """A gateway's process and its files."""

    def __init__(self, folder: Path, stub: Stub, redis: RedisServer) -> None:
        self.redis = redis
        self.stub = stub
        self.keys = folder / "keys"
        self.keys.mkdir()
        for tenant in TENANTS:
            self.write_keys(tenant["name"], f"sk-{tenant['name']}")
        (folder / "policy.json").write_text(json.dumps(policy_of()))
        (folder / "config.yaml").write_text(json.dumps(engine_config(stub, redis)))
        self.port, self.management_port = free_port(), free_port()
        self._audit = (folder / "audit.jsonl").open("w+")
        self._log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "llm_gateway", "--host", "127.0.0.1", "--port", str(self.port),
             "--management-port", str(self.management_port)],
            stdout=self._audit, stderr=self._log,
            env={**os.environ, "PYTHONPATH": str(SOURCES), "POLICY_CONFIG": str(folder / "policy.json"),
                 "KEYS_FOLDER": str(self.keys), "REDIS_URL": redis.url},
        )  # fmt: skip
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        wait_until("gateway", self._ready, 180)

    def _ready(self) -> bool:
        assert self.process.poll() is None, self.log()
        try:
            return httpx.get(f"http://127.0.0.1:{self.management_port}/health/readiness").status_code == 200
        except httpx.TransportError:
            return False

    def write_keys(self, tenant: str, *keys: str) -> None:
        (self.keys / tenant).write_text("".join(hashlib.sha256(key.encode()).hexdigest() + "\n" for key in keys))

    def chat(self, tenant: str, model: str = "chat", **fields: Any) -> httpx.Response:
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **fields}
        return self.post(tenant, "/v1/chat/completions", body)

    def post(self, tenant: str, path: str, body: dict[str, Any]) -> httpx.Response:
        return self.client.post(path, json=body, headers=auth(tenant))

    def audit(self, response: httpx.Response) -> dict[str, Any]:
        """The line of the call that was answered so."""
        return self.audit_where(requestId=response.headers["x-request-id"])

    def audit_where(self, **fields: Any) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            matching = [line for line in self.audit_lines() if fields.items() <= line.items()]
            return matching[-1] if matching else None

        return wait_until(f"audit line {fields}", look)

    def audit_lines(self) -> list[dict[str, Any]]:
        text = Path(self._audit.name).read_text()
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def log(self) -> str:
        return Path(self._log.name).read_text()

    def stop(self) -> None:
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()


def auth(tenant: str) -> dict[str, str]:
    return {"authorization": f"Bearer sk-{tenant}"}


def policy_of() -> dict[str, Any]:
    models = [
        {
            "name": name,
            "selfHosted": model["selfHosted"],
            "inputUsdPerMillionTokens": model.get("input", 1),
            "outputUsdPerMillionTokens": model.get("output", 2),
            "maxInputTokens": 16384,
            "maxOutputTokens": model.get("maxOutputTokens", 100),
            "fallbacks": model.get("fallbacks", []),
            **({} if name != "spare" else {"revision": "2026-10"}),
        }
        for name, model in MODELS.items()
    ]
    return policy(models=models, tenants=TENANTS, maxBodyBytes=100_000, requestTimeoutSeconds=60)


def engine_config(stub: Stub, redis: RedisServer) -> dict[str, Any]:
    """As the construct renders it."""
    return {
        "model_list": [
            {
                "model_name": name,
                "litellm_params": {
                    "model": f"hosted_vllm/{model['upstream']}",
                    "api_base": f"http://127.0.0.1:{stub.port}/v1",
                    "api_key": "provider-key",
                    "timeout": 30,
                    "max_retries": 0,
                },
                "model_info": {"id": name},
            }
            for name, model in MODELS.items()
        ],
        "litellm_settings": {
            "request_timeout": 30,
            "num_retries": 0,
            "drop_params": True,
            "callbacks": ["llm_gateway.litellm_hooks.policy_hook"],
            "turn_off_message_logging": True,
            "enable_post_custom_auth_checks": True,
            "cache": True,
            "enable_caching_on_provider_specific_optional_params": True,
            "cache_params": {
                "type": "redis",
                "url": redis.url,
                "ttl": 600,
                "mode": "default_off",
                "supported_call_types": ["acompletion", "atext_completion", "aembedding", "aresponses"],
            },
        },
        "router_settings": {
            "num_retries": 0,
            "timeout": 30,
            "allowed_fails": 100,
            "cooldown_time": 1,
            "fallbacks": [{"fragile": ["spare"]}],
            "context_window_fallbacks": [{"short": ["chat"]}],
        },
        "general_settings": {
            "custom_auth": "llm_gateway.litellm_hooks.user_api_key_auth",
            "custom_auth_run_common_checks": True,
            "disable_spend_logs": True,
        },
    }


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    redis = RedisServer(tmp_path_factory.mktemp("redis"))
    stub = Stub()
    try:
        running = Gateway(tmp_path_factory.mktemp("gateway"), stub, redis)
        try:
            yield running
        finally:
            running.stop()
    finally:
        stub.stop()
        redis.kill()

"""The program's start with a wrong configuration: every problem, fast, and no stack trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from ..support import policy

SOURCES = Path(__file__).parents[2] / "src"


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "llm_gateway", "--host", "127.0.0.1"],
        env={**os.environ, "PYTHONPATH": str(SOURCES), "POLICY_CONFIG": str(folder / "policy.json"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_problem_of_both_files_and_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(json.dumps({**policy(), "version": 2}))
    (tmp_path / "config.yaml").write_text("{}")
    ended = start(tmp_path, REDIS_URL="localhost", DATABASE_URL="postgres://")
    assert ended.returncode == 2
    lines = ended.stderr.splitlines()
    for part in ("policy.version", "general_settings.custom_auth:", "callbacks", "DATABASE_URL", "REDIS_URL"):
        assert [line for line in lines if part in line], part
    assert "Traceback" not in ended.stderr


def test_an_unknown_guardrail_is_told(tmp_path: Path) -> None:
    tenants = [{"name": "search", "models": ["chat"], "guardrails": [{"name": "x", "action": "block"}]}]
    wrong = policy(tenants=tenants, guardrails=[{"name": "x", "kind": "no-such-kind"}])
    (tmp_path / "policy.json").write_text(json.dumps(wrong))
    (tmp_path / "config.yaml").write_text(
        json.dumps(
            {
                "general_settings": {
                    "custom_auth": "llm_gateway.litellm_hooks.user_api_key_auth",
                    "custom_auth_run_common_checks": True,
                },
                "litellm_settings": {
                    "callbacks": ["llm_gateway.litellm_hooks.policy_hook"],
                    "enable_post_custom_auth_checks": True,
                },
            }
        )
    )
    ended = start(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")
    assert ended.returncode == 2, ended.stderr
    # Either the kind is unknown, or this checkout has no guardrails at all.
    assert "guardrails" in ended.stderr
    assert "Traceback" not in ended.stderr

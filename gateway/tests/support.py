"""What tests share: a real Redis, free ports, waiting, a policy."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(what: str, condition: Callable[[], Any], seconds: float = 120) -> Any:
    """Waits generously: the machine may be busy."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {seconds} s")


class RedisServer:
    """A redis-server of the test's own, with the persistence that the counters need."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("redis-server is not installed: limits and budgets are not tested")
        self._program = program
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes",
             "--appendfsync", "always", "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until("redis-server", self._answers)

    def _answers(self) -> bool:
        with socket.socket() as client:
            client.settimeout(1)
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


def policy(**changes: Any) -> dict[str, Any]:
    """A small policy that is right."""
    return {
        "version": 1,
        "models": [
            {
                "name": "chat",
                "selfHosted": True,
                "inputUsdPerMillionTokens": 1,
                "outputUsdPerMillionTokens": 2,
                "maxInputTokens": 16384,
                "maxOutputTokens": 100,
            }
        ],
        "tenants": [{"name": "search", "models": ["chat"]}],
        **changes,
    }

"""Probes and metrics, on a port of their own that no load balancer knows."""

from __future__ import annotations

from collections.abc import Callable

from .exchange import Receive, Scope, Send
from .policy import Policy


class Operations:
    """An ASGI application with three routes: `/health/liveliness`, `/health/readiness` and `/metrics`."""

    def __init__(self, policy: Policy, ready: Callable[[], bool]) -> None:
        """`ready`: whether requests are taken. Redis is no condition: who has no budget is served without it."""
        self._policy = policy
        self._ready = ready

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            return
        status, body = self._page(scope["path"])
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"text/plain; version=0.0.4"),
                    (b"content-length", str(len(body)).encode()),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _page(self, path: str) -> tuple[int, bytes]:
        if path == "/health/liveliness":
            return 200, b"live\n"
        if path == "/health/readiness":
            return (200, b"ready\n") if self._ready() else (503, b"not ready\n")
        if path == "/metrics":
            return 200, self._policy.metrics.page()
        return 404, b"not found\n"

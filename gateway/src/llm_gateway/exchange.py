"""One request to the engine, which runs in this process as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .call import Call, current_call

logger = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Engine(Protocol):
    """The program that asks the models."""

    @property
    def app(self) -> App:
        """Its ASGI application."""
        ...

    def read_headers(self, call: Call, headers: dict[str, str]) -> None:
        """Notes on the call what the engine's headers say of it. None of them reaches the client."""
        ...


@dataclass
class Exchange:
    """A request under way. The engine runs in a task of its own, and its answer is read at the client's pace."""

    engine: Engine
    call: Call
    path: str
    body: bytes = field(repr=False)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    finished: bool = False
    """Whether the engine's answer came to its end."""

    def __post_init__(self) -> None:
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue(maxsize=16)
        self._given = False
        self._task = asyncio.create_task(self._run())

    async def start(self) -> bool:
        """Waits for status and headers. False when the engine ended without an answer."""
        message = await self._messages.get()
        if message is None or message["type"] != "http.response.start":
            return False
        self.status = message["status"]
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
        self.engine.read_headers(self.call, self.headers)
        return True

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body of the answer, piece by piece."""
        while True:
            message = await self._messages.get()
            if message is None:
                return
            if message["type"] != "http.response.body":
                continue
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body"):
                self.finished = True
                return

    async def read(self) -> bytes:
        """The whole body of the answer."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def close(self) -> None:
        """Ends the engine's work; it closes its connection to the model, which then stops generating."""
        if not self._task.done():
            if self.finished:
                # What follows its last byte, such as the write to the cache.
                await asyncio.wait({self._task}, timeout=5)
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=5)

    async def _run(self) -> None:
        current_call.set(self.call)
        try:
            await self.engine.app(self._scope(), self._receive, self._send)
        except Exception:
            # Its text may hold content of the request.
            logger.error("the engine failed on call %s", self.call.id, exc_info=logger.isEnabledFor(logging.DEBUG))
        await self._messages.put(None)

    def _scope(self) -> Scope:
        # The engine reads dozens of headers, some of which steer it. It gets none of the client's, nor its key.
        headers = [
            (b"host", b"gateway"),
            (b"authorization", b"Bearer gateway"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(self.body)).encode()),
        ]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "client": ("127.0.0.1", 0),
            "server": ("gateway", 80),
            "state": {},
        }

    async def _receive(self) -> Message:
        if not self._given:
            self._given = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        # It is never told that the client went away: `close` ends it where it shall end.
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self._messages.put(message)

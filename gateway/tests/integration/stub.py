"""An upstream that speaks the API of vLLM. What it does depends on the model that it is asked for."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import uvicorn

from ..support import free_port, wait_until

REVISION = "rev-7"
REVISION_HEADER = (b"x-llm-revision", REVISION.encode())


class Stub:
    """A server in a thread of the test's process; `requests` holds what reached it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.sent_chunks = 0
        self.cut_off = 0
        """Streams that the caller closed before their end."""
        self.failing: set[str] = set()
        """Models that fail besides `fail`."""
        self.port = free_port()
        self._server = uvicorn.Server(
            uvicorn.Config(self, host="127.0.0.1", port=self.port, log_level="warning", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until("stub", lambda: self._server.started)

    def stop(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)

    @property
    def asked(self) -> int:
        """How many calls reached it. LiteLLM also asks each server for its models when it starts."""
        return len([path for path, _, _ in self.requests if not path.endswith("/models")])

    def bodies(self, model: str) -> list[dict[str, Any]]:
        return [body for _, body, _ in self.requests if body.get("model") == model]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raw = b""
        while True:
            message = await receive()
            raw += message.get("body", b"")
            if not message.get("more_body"):
                break
        body = json.loads(raw or b"{}")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append((scope["path"], body, headers))
        model = body.get("model", "")
        if model == "fail" or model in self.failing:
            return await self._json(send, {"error": {"message": "http://10.0.0.7 is broken", "type": "x"}}, 500)
        if model == "overflow":
            message = "This model's maximum context length is 10 tokens. However, you requested 20 tokens."
            return await self._json(send, {"error": {"message": message, "type": "BadRequestError", "code": 400}}, 400)
        if model == "refuse":
            return await self._json(send, {"error": {"message": "temperature must be at most 2", "code": 400}}, 400)
        if model == "slow":
            await asyncio.sleep(0.5)
        if scope["path"].endswith("/embeddings"):
            return await self._json(
                send,
                {"object": "list", "model": model, "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
                 "usage": {"prompt_tokens": 3, "total_tokens": 3}},
            )  # fmt: skip
        if scope["path"].endswith("/responses"):
            return await self._responses(body, send)
        if body.get("stream"):
            return await self._stream(model, body, receive, send)
        tokens = body.get("max_tokens", 2) if model == "slow" else 2
        await self._json(
            send,
            {"id": "c", "object": "chat.completion", "created": 1, "model": model,
             "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "text": "hello",
                          "finish_reason": "stop"}],
             "usage": {"prompt_tokens": 7, "completion_tokens": tokens, "total_tokens": 7 + tokens}},
        )  # fmt: skip

    async def _stream(self, model: str, body: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-type", b"text/event-stream"), REVISION_HEADER]})  # fmt: skip
        words = 400 if model == "endless" else 4
        gone = asyncio.create_task(receive())
        for index in range(words):
            if gone.done():
                self.cut_off += 1
                return
            if model == "break" and index == 3:
                raise ConnectionAbortedError("as told")
            choice: dict[str, Any] = {"index": 0, "delta": {"content": f"w{index} "}, "text": f"w{index} "}
            if index == words - 1:
                choice["finish_reason"] = "stop"
            await self._event(send, {"choices": [choice]}, model)
            self.sent_chunks += 1
            await asyncio.sleep(0.05 if model == "endless" else 0.02)
        if (body.get("stream_options") or {}).get("include_usage"):
            usage = {"prompt_tokens": 7, "completion_tokens": words, "total_tokens": 7 + words}
            await self._event(send, {"choices": [], "usage": usage}, model)
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})
        gone.cancel()

    async def _event(self, send: Any, event: dict[str, Any], model: str) -> None:
        whole = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, **event}
        await send({"type": "http.response.body", "more_body": True,
                    "body": b"data: " + json.dumps(whole).encode() + b"\n\n"})  # fmt: skip

    async def _responses(self, body: dict[str, Any], send: Any) -> None:
        part = {"type": "output_text", "text": "hello", "annotations": []}
        item = {"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": [part]}
        response = {
            "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": body["model"],
            "output": [item], "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
            "usage": {"input_tokens": 7, "output_tokens": 2, "total_tokens": 9},
        }  # fmt: skip
        if not body.get("stream"):
            return await self._json(send, response)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        events = [
            {
                "type": "response.created",
                "response": {**response, "status": "in_progress", "usage": None, "output": []},
            },
            {
                "type": "response.output_text.delta",
                "item_id": "m",
                "output_index": 0,
                "content_index": 0,
                "delta": "hello",
            },
            {"type": "response.completed", "response": response},
        ]
        for event in events:
            data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            await send({"type": "http.response.body", "more_body": True, "body": data})
        await send({"type": "http.response.body", "body": b""})

    async def _json(self, send: Any, body: dict[str, Any], status: int = 200) -> None:
        await send({"type": "http.response.start", "status": status,
                    "headers": [(b"content-type", b"application/json"), REVISION_HEADER]})  # fmt: skip
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

"""The README says what is true: its example runs, its figures are those of the lists, its tables name every option."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import measure

from llm_gateway import guardrails
from llm_gateway.guardrails import KINDS, guardrail_problems

README = (Path(guardrails.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_the_example_runs() -> None:
    [example] = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, "README.md", "exec"), names)  # noqa: S102 - our own document
    try:
        asyncio.run(names["example"]())
    finally:
        guardrails.shared_resources().close()


def test_the_figures_are_those_of_the_lists() -> None:
    measured = README.split("<!-- measured -->\n")[1].split("<!-- /measured -->")[0]
    assert measured.strip() == measure.report().strip(), "run measure.py, and put what it prints into the README"


def test_every_option_is_in_the_tables() -> None:
    for kind in KINDS:
        [problem] = [
            problem for problem in guardrail_problems([{"name": "a", "kind": kind, "none": 1}]) if ".none: " in problem
        ]
        options = re.search(r"expected one of (.*), got", problem)
        assert options is not None
        for option in options.group(1).split(", "):
            assert option in ("kind", "name") or f"`{option}`" in README, f"{kind}: {option}"

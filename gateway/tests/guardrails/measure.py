"""Measures injection rules and personal data on the labeled lists of `data`, and prints the tables of the README.

usage: python tests/guardrails/measure.py (with the package installed, or `src` in PYTHONPATH)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from llm_gateway.guardrails.analyzer import analyze
from llm_gateway.guardrails.injection_rules import injection_scores
from llm_gateway.guardrails.pii import DEFAULT_ENTITIES

DATA = Path(__file__).parent / "data"
SETS = ("tuning", "held-out", "traps", "fresh")
THRESHOLD = 1
ENTITY_THRESHOLD = 0.4

Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    """The lines of a list."""
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def table(head: Iterable[str], lines: Iterable[Iterable[object]]) -> str:
    """A table of Markdown."""
    listed = [[str(cell) for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in ([*head], ["---"] * len([*head]), *listed))


def share(found: int, all_of_them: int) -> str:
    """`9 of 10 (90 %)`."""
    return f"{found} of {all_of_them} ({round(100 * found / all_of_them)} %)" if all_of_them else "none of 0"


def is_found(row: Row) -> bool:
    """Whether the injection rules, as they are by default, find the text."""
    return sum(injection_scores(row["text"]).values()) >= THRESHOLD


def injection_table() -> str:
    """Recall and false alarms by list and by kind."""
    attacks = [(row, is_found(row)) for row in rows("attacks")]
    ordinary = [(row, is_found(row)) for row in rows("ordinary")]

    def counted(listed: list[tuple[Row, bool]], wanted: Callable[[Row], bool]) -> str:
        chosen = [found for row, found in listed if wanted(row)]
        return share(sum(chosen), len(chosen))

    lines = [
        (
            name,
            counted(attacks, lambda row, name=name: row["set"] == name),
            counted(ordinary, lambda row, name=name: row["set"] == name),
        )  # type: ignore[misc]
        for name in SETS
    ]
    lines.append(("all", counted(attacks, lambda _: True), counted(ordinary, lambda _: True)))
    kinds = []
    for listed, label in ((attacks, "attacks"), (ordinary, "ordinary")):
        for kind in dict.fromkeys(row["kind"] for row, _ in listed):
            kinds.append((label, kind, counted(listed, lambda row, kind=kind: row["kind"] == kind)))  # type: ignore[misc]
    return f"{table(('list', 'attacks found', 'false alarms'), lines)}\n\n{table(('', 'kind', 'found'), kinds)}"


def overlaps(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether two spans share a character."""
    return first[0] < second[1] and second[0] < first[1]


def personal_data_table() -> str:
    """For each entity: how many were covered whole, named right, and how often it was found where nothing is."""
    listed = rows("personal-data")
    spans = analyze([row["text"] for row in listed], sorted(DEFAULT_ENTITIES), ENTITY_THRESHOLD)
    counts = {entity: [0, 0, 0, 0] for entity in DEFAULT_ENTITIES}
    for row, found in zip(listed, spans, strict=True):
        expected = []
        position = 0
        for item in row["expected"]:
            position = row["text"].index(item["text"], position)
            expected.append((item["entity"], position, position + len(item["text"])))
        for entity, start, end in expected:
            covering = [name for name, first, last, _ in found if first <= start and last >= end]
            counts[entity][0] += 1
            counts[entity][1] += bool(covering)
            counts[entity][2] += entity in covering
        for name, first, last, _ in found:
            if not any(overlaps((first, last), (start, end)) for _, start, end in expected):
                counts[name][3] += 1
    lines = [
        (entity, share(covered, all_of_them), share(named, all_of_them), false)
        for entity, (all_of_them, covered, named, false) in counts.items()
    ]
    empty = sum(1 for row in listed if not row["expected"])
    alarmed = sum(1 for row, found in zip(listed, spans, strict=True) if found and not row["expected"])
    text = table(("entity", "masked whole", "under its own name", "found where nothing is"), lines)
    return f"{text}\n\nTexts without personal data in which something was masked: {share(alarmed, empty)}."


def report() -> str:
    """What stands in the README."""
    return f"{injection_table()}\n\n{personal_data_table()}"


if __name__ == "__main__":
    print(report())

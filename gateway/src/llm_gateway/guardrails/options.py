"""Reads the options of a guardrail, and collects every problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class GuardrailConfigError(ValueError):
    """The guardrails are not usable; the message lists every problem, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Options:
    """Options of one guardrail, by the names of policy.json."""

    def __init__(self, values: Mapping[str, Any], where: str, problems: list[str]) -> None:
        self._values = values
        self._where = where
        self._problems = problems
        self._known = {"name", "kind"}

    def problem(self, option: str, expected: str, got: object, advice: str) -> None:
        """Notes a problem; nothing is thrown before all are known."""
        self._problems.append(f"{self._where}.{option}: expected {expected}, got {got!r}; {advice}")

    def flag(self, option: str, *, default: bool) -> bool:
        value = self._take(option, default)
        if isinstance(value, bool):
            return value
        self.problem(option, "true or false", value, "leave it out for the default")
        return default

    def integer(self, option: str, *, default: int | None, least: int = 1) -> int | None:
        value = self._take(option, default)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= least):
            return value
        self.problem(option, f"a whole number of {least} or more", value, "leave it out for the default")
        return default

    def number(self, option: str, *, default: float, above: float = 0, most: float = float("inf")) -> float:
        value = self._take(option, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and above < value <= most:
            return float(value)
        limit = "" if most == float("inf") else f" and at most {most:g}"
        self.problem(option, f"a number above {above:g}{limit}", value, "leave it out for the default")
        return default

    def text(self, option: str, *, default: str | None = None) -> str:
        value = self._take(option, default)
        if isinstance(value, str) and value:
            return value
        self.problem(option, "a text", value, "set it")
        return default or ""

    def choice(self, option: str, *, default: str, choices: tuple[str, ...]) -> str:
        value = self._take(option, default)
        if isinstance(value, str) and value in choices:
            return value
        self.problem(option, f"one of {', '.join(choices)}", value, "use one of them")
        return default

    def texts(
        self, option: str, *, default: tuple[str, ...], choices: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        value = self._take(option, list(default))
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.problem(option, "a list of texts", value, "leave it out for the default")
            return default
        unknown = [item for item in value if choices is not None and item not in choices]
        if unknown:
            self.problem(option, f"only {', '.join(choices or ())}", unknown, "take the others off")
        return tuple(value)

    def check_known(self) -> None:
        """A misspelled option would be a rule that is not kept."""
        for option in self._values:
            if option not in self._known:
                self.problem(
                    option, f"one of {', '.join(sorted(self._known))}", self._values[option], "correct its name"
                )

    def _take(self, option: str, default: object) -> Any:
        self._known.add(option)
        return self._values.get(option, default)

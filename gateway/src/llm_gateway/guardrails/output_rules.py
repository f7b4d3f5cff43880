"""The kind `output-rules`: secrets in answers, and markup that does something by itself."""

from __future__ import annotations

from .active_content import active_content_rules
from .guardrail import TextFilter
from .options import Options
from .scanner import Scanner
from .secret_patterns import secret_rules
from .text_guardrail import TextGuardrail

DEFAULT_MAX_CHARACTERS = 200_000


class OutputRules(TextGuardrail):
    """Patterns in answers. `block` ends the answer before a secret, `mask` replaces it; both disarm active content."""

    def __init__(
        self,
        name: str,
        *,
        secret_patterns: bool = True,
        active_html: bool = True,
        max_characters: int = DEFAULT_MAX_CHARACTERS,
    ) -> None:
        super().__init__(
            name,
            "The answer held what may not be shown (a secret, or markup that loads or runs something), or was too long "
            "to be looked through.",
        )
        self._max_characters = max_characters
        self._secret_patterns = secret_patterns
        self._active_html = active_html

    @classmethod
    def from_options(cls, name: str, options: Options) -> OutputRules:
        """`secretPatterns` and `activeHtml`, both true by default, and `maxCharacters` of one text."""
        secret_patterns = options.flag("secretPatterns", default=True)
        active_html = options.flag("activeHtml", default=True)
        if not secret_patterns and not active_html:
            options.problem("secretPatterns", "this or activeHtml to be true", False, "take the guardrail off")
        return cls(
            name,
            secret_patterns=secret_patterns,
            active_html=active_html,
            max_characters=options.integer("maxCharacters", default=DEFAULT_MAX_CHARACTERS) or DEFAULT_MAX_CHARACTERS,
        )

    def during(self, *, where: str, stop: bool) -> TextFilter:
        """Holds back what may become a pattern: a few characters, and a whole tag, image or key where one begins."""
        rules = [
            *(secret_rules() if self._secret_patterns else []),
            *(active_content_rules() if self._active_html else []),
        ]
        return Scanner(rules, where=where, stop=stop, max_characters=self._max_characters)

"""Secrets that have a form of their own. A password in plain words has none, and is not found."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .scanner import WAIT, Hit, Rule, Wait

_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_UPPER = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_URL_SAFE = _WORD | {"-", "_"}

_KEY_HEADER = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_KEY_HEADER_CHARACTERS = re.compile(r"[A-Z0-9 -]*")
_KEY_HEADER_LONGEST = 80
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,60}-----")
# A key of 8,192 bits has 6,400 characters.
_KEY_LONGEST = 8192


def secret_rules() -> list[Rule]:
    """Access keys, tokens and private keys, with the lengths that their issuers document or that issued ones have."""
    return [
        Rule(("-----begin ",), _private_key, _KEY_LONGEST + _KEY_HEADER_LONGEST),
        *(
            _token("AWS_ACCESS_KEY_ID", prefix, _UPPER, shortest=16, longest=16, whole=True)
            for prefix in ("AKIA", "ASIA")
        ),
        *(
            _token("GITHUB_TOKEN", prefix, _WORD, shortest=36, longest=251)
            for prefix in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")
        ),
        _token("GITHUB_TOKEN", "github_pat_", _WORD | {"_"}, shortest=50, longest=255),
        *(_token("SLACK_TOKEN", prefix, _URL_SAFE, shortest=20, longest=255) for prefix in ("xoxb-", "xoxp-", "xoxa-")),
        _token("GOOGLE_API_KEY", "AIza", _URL_SAFE, shortest=35, longest=35, whole=True),
        _token("HUGGING_FACE_TOKEN", "hf_", _WORD, shortest=30, longest=40, whole=True),
        *(
            _token("STRIPE_KEY", prefix, _WORD, shortest=16, longest=247)
            for prefix in ("sk_live_", "rk_live_", "sk_test_")
        ),
        _token("MODEL_PROVIDER_KEY", "sk-", _URL_SAFE, shortest=40, longest=255),
        _token("GITLAB_TOKEN", "glpat-", _URL_SAFE, shortest=20, longest=64),
    ]


def _token(
    kind: str, prefix: str, characters: Iterable[str], *, shortest: int, longest: int, whole: bool = False
) -> Rule:
    """A prefix and then `shortest` to `longest` of the characters. `whole`: a longer run is something else."""
    allowed = frozenset(characters)

    def judge(text: str, start: int, final: bool) -> Hit | Wait | None:
        if not text.startswith(prefix, start) or (start > 0 and text[start - 1] in _WORD):
            return None
        first = start + len(prefix)
        end = first
        while end < len(text) and end - first <= longest and text[end] in allowed:
            end += 1
        count = end - first
        if count > longest:
            return None if whole else Hit(first + longest, kind, f"<{kind}>", stops=True)
        if end == len(text) and not final:
            return WAIT
        return Hit(end, kind, f"<{kind}>", stops=True) if count >= shortest else None

    return Rule((prefix.lower(),), judge, len(prefix) + longest + 1)


def _private_key(text: str, start: int, final: bool) -> Hit | Wait | None:
    """The header finds it; the key behind it goes with it."""
    kind = "PRIVATE_KEY"
    window = text[start : start + _KEY_HEADER_LONGEST]
    header = _KEY_HEADER.match(window)
    if header is None:
        run = _KEY_HEADER_CHARACTERS.match(window)
        undecided = run is not None and run.end() == len(window) and len(window) < _KEY_HEADER_LONGEST
        return WAIT if undecided and not final else None
    first = start + header.end()
    key = text[first : first + _KEY_LONGEST]
    end = _KEY_END.search(key)
    if end is not None:
        return Hit(first + end.end(), kind, f"<{kind}>", stops=True)
    if len(key) == _KEY_LONGEST or final:
        return Hit(first + len(key), kind, f"<{kind}>", stops=True)
    return WAIT

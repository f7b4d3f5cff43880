"""The forms in which a text may hide words from a pattern."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata

# Letters of other scripts that look like Latin ones; replaced only in words that have Latin letters too.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u04bb\u043f\u0442\u043a\u043c\u0432\u0455"
    "\u03bf\u03b1\u03b5\u03b9\u03c1\u03bd",
    "aeopcyxijhntkmbsoaeipv",
)
_DIGITS = str.maketrans("0134578@$", "oieastbas")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,4000}={0,2}")
_SPACED = re.compile(r"\b(?:\w[ .*_-]){2,}\w\b")
_MIXED = re.compile(r"\b(?=\w{0,40}[a-z])(?=\w{0,40}[0-9@$])[\w@$]{3,40}\b")
_JOINED = re.compile(r"\b[^\W_]+(?:[-_.*]+[^\W_]+){2,}")
# Words that say what the patterns are about; only then a text is read backwards.
_BACKWARDS = re.compile(r"snoitcurtsni|tpmorp|selur|senilediug|metsys|secilop")
_WORD = re.compile(r"\w+")
_MOST_DECODED = 8


def readable_forms(text: str) -> list[str]:
    """The text as it is read: plain, spelled-out words joined, digits read as letters, base64 decoded, backwards."""
    plain = _plain(text)
    forms = [plain]
    # Where letters stand apart, words are kept apart by more than one space.
    lines = re.sub(r" {2,}", "\n", plain)
    forms.append(_SPACED.sub(lambda match: re.sub(r"[ .*_-]", "", match.group()), lines).replace("\n", " "))
    forms.append(_JOINED.sub(lambda match: re.sub(r"[-_.*]+", " ", match.group()), plain))
    forms.append(_MIXED.sub(lambda match: match.group().translate(_DIGITS), plain))
    forms.extend(_decoded(text))
    if _BACKWARDS.search(plain):
        forms.append(plain[::-1])
    # Of most texts all forms are the same, and read once.
    return list(dict.fromkeys(forms))


def _plain(text: str) -> str:
    if text.isascii():
        # Of these no character is another one's form, a mark or a lookalike.
        return text.lower()
    normalized = unicodedata.normalize("NFKC", text)
    visible = "".join(character for character in normalized if unicodedata.category(character) != "Cf")
    return _WORD.sub(_latin, visible.lower())


def _latin(match: re.Match[str]) -> str:
    word = match.group()
    return word.translate(_LOOKALIKES) if re.search(r"[a-z]", word) else word


def _decoded(text: str) -> list[str]:
    decoded = []
    for match in list(_BASE64.finditer(text))[:_MOST_DECODED]:
        raw = match.group().rstrip("=").replace("-", "+").replace("_", "/")
        try:
            found = base64.b64decode(raw + "=" * (-len(raw) % 4), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        decoded.append(_plain(found))
    return decoded

"""Markup that does something by itself when a page shows it: scripts, frames, event handlers, images from elsewhere.

An image from elsewhere is a way out for data: the page asks for its URL, and a model that was told so by a document
puts what it knows into that URL. Nothing is cut out of HTML: the `<` of the tag becomes `&lt;`, so what is left over
cannot join to a new tag. Tags are read as browsers read them.
"""

from __future__ import annotations

import html
import re

from .scanner import WAIT, Hit, Rule, Wait

_TAG_LONGEST = 1024
_IMAGE_LONGEST = 2048
_DESTINATION_LONGEST = 512
_LABEL_LONGEST = 200

# Elements that load, run, send or hide something, or change how a browser reads what follows.
_ACTIVE_ELEMENTS = frozenset(
    [
        "applet",
        "base",
        "embed",
        "form",
        "frame",
        "frameset",
        "iframe",
        "isindex",
        "link",
        "math",
        "meta",
        "noembed",
        "noframes",
        "noscript",
        "object",
        "plaintext",
        "portal",
        "script",
        "style",
        "svg",
        "template",
        "xmp",
    ]
)
_LOADING = frozenset(["src", "srcset", "poster", "background", "data", "dynsrc", "lowsrc", "imagesrcset"])
_LEADING = frozenset(["href", "xlink:href", "action", "formaction", "cite"])
_ALWAYS_ACTIVE = frozenset(("srcdoc", "ping"))
_SPACE = " \t\n\r\f"
_ACTIVE_SCHEME = re.compile(r"(?:javascript|vbscript|data):")
_ACTIVE_AUTOLINK = re.compile(r"(?:javascript|vbscript):|data:[a-z]+/")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
_INLINE_IMAGE = re.compile(r"data:image/[a-z0-9.+-]+[;,]")
_STYLE_LOADS = re.compile(r"url\(|image-set\(|src\(|expression\(|@import|\\|binding")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


def active_content_rules() -> list[Rule]:
    """Rules for one text; they remember which labels its Markdown images use, so each text takes rules of its own."""
    labels = _ImageLabels()
    return [
        Rule(("<",), _tag, _TAG_LONGEST + 1),
        Rule(("![",), labels.image, _IMAGE_LONGEST + 1),
        Rule(("](",), _link, _DESTINATION_LONGEST + 8),
        Rule(("[",), labels.definition, _LABEL_LONGEST + _DESTINATION_LONGEST + 8),
    ]


def _cleaned(url: str) -> str:
    """A URL as a browser takes it: entities read, white space and control characters dropped, lower case."""
    text = html.unescape(html.unescape(url)).replace("\\", "/")
    return "".join(character for character in text if character > " " and character != "\x7f").lower()


def _is_remote(url: str) -> bool:
    cleaned = _cleaned(url)
    if _INLINE_IMAGE.match(cleaned):
        return False
    return cleaned.startswith("//") or _SCHEME.match(cleaned) is not None


def _is_active_url(url: str) -> bool:
    cleaned = _cleaned(url)
    return _ACTIVE_SCHEME.match(cleaned) is not None and not _INLINE_IMAGE.match(cleaned)


# --- HTML


def _escaped(start: int, kind: str = "ACTIVE_HTML") -> Hit:
    return Hit(start + 1, kind, "&lt;", stops=False)


def _tag(text: str, start: int, final: bool) -> Hit | Wait | None:
    first = start + 1
    if text[first : first + 1] == "/":
        first += 1
    if first >= len(text):
        return None if final else WAIT
    if not ("a" <= text[first].lower() <= "z"):
        return None
    limit = start + _TAG_LONGEST
    end = first
    while end < min(len(text), limit) and text[end] not in _SPACE + "/>":
        end += 1
    named = text[first:end].lower().rsplit(":", 1)[-1]
    ended = end < len(text) and end < limit
    if named in _ACTIVE_ELEMENTS and (ended or final):
        return _escaped(start)
    if (ended or final) and _ACTIVE_AUTOLINK.match(_cleaned(text[first : first + 32])):
        return _escaped(start)
    attributes, closed = _attributes(text, end, limit)
    if closed or (final and len(text) < limit):
        return _escaped(start) if any(_is_active_attribute(*attribute) for attribute in attributes) else None
    # A tag that is too long to read is not let through.
    return _escaped(start) if len(text) >= limit else WAIT


def _attributes(text: str, position: int, limit: int) -> tuple[list[tuple[str, str]], bool]:
    """Attributes with a value, and whether the tag ended, by the states of the HTML standard's tokenizer."""
    attributes: list[tuple[str, str]] = []
    stop = min(len(text), limit)
    while position < stop:
        if text[position] in _SPACE + "/":
            position += 1
            continue
        if text[position] == ">":
            return attributes, True
        name_start = position
        position += 1
        while position < stop and text[position] not in _SPACE + "/>=":
            position += 1
        name = text[name_start:position].lower()
        while position < stop and text[position] in _SPACE:
            position += 1
        if position >= stop or text[position] != "=":
            continue
        position += 1
        while position < stop and text[position] in _SPACE:
            position += 1
        value_start = position
        if position < stop and text[position] in "\"'":
            value_start = position + 1
            close = text.find(text[position], value_start, stop)
            if close < 0:
                attributes.append((name, text[value_start:stop]))
                return attributes, False
            attributes.append((name, text[value_start:close]))
            position = close + 1
            continue
        while position < stop and text[position] not in _SPACE + ">":
            position += 1
        attributes.append((name, text[value_start:position]))
    return attributes, False


def _is_active_attribute(name: str, value: str) -> bool:
    if name.startswith("on") and len(name) > 2:
        return True
    if name in _ALWAYS_ACTIVE:
        return True
    if name in _LOADING:
        return _is_remote(value) or "//" in _cleaned(value).removeprefix("data:image/")
    if name in _LEADING:
        return _is_active_url(value)
    return name == "style" and _STYLE_LOADS.search(html.unescape(value).lower()) is not None


# --- Markdown


def _destination(text: str, position: int, limit: int) -> tuple[str, int, bool]:
    """Destination of a link from behind its `(` or `:`; where it ends; whether it ended there."""
    stop = min(len(text), limit)
    while position < stop and text[position] in _SPACE:
        position += 1
    start = position
    if position < stop and text[position] == "<":
        while position < stop and text[position] not in ">\n":
            position += 1
        return text[start + 1 : position], position + 1, position < stop
    depth = 0
    while position < stop and text[position] not in _SPACE:
        if text[position] == "\\" and position + 1 < stop:
            position += 2
            continue
        if text[position] == "(":
            depth += 1
        elif text[position] == ")":
            if depth == 0:
                break
            depth -= 1
        position += 1
    position = min(position, stop)
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text[start:position]), position, position < stop


def _link(text: str, start: int, final: bool) -> Hit | Wait | None:
    limit = start + _DESTINATION_LONGEST
    url, _, ended = _destination(text, start + 2, limit)
    if not ended and not final and len(text) < limit:
        return WAIT
    return Hit(start + 2, "ACTIVE_LINK", "]&#40;", stops=False) if _is_active_url(url) else None


class _ImageLabels:
    """Markdown images, also those whose URL stands elsewhere under a label."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        """Labels of images, of which no definition was seen yet."""
        self._remote: set[str] = set()
        """Labels that stand for a URL elsewhere."""

    def image(self, text: str, start: int, final: bool) -> Hit | Wait | None:
        limit = start + _IMAGE_LONGEST
        window = text[:limit]
        close = _closing_bracket(window, start + 2)
        if isinstance(close, Wait):
            if len(text) >= limit:
                return self._unmarked(start)
            return None if final else WAIT
        if close is None:
            return None
        after = close + 1
        if after >= len(window):
            if len(text) >= limit:
                return self._unmarked(start)
            if not final:
                return WAIT
        if window[after : after + 1] == "(":
            return self._inline(text, start, after + 1, limit, final)
        label = window[start + 2 : close]
        if window[after : after + 1] == "[":
            end = window.find("]", after)
            if end < 0:
                if len(text) >= limit:
                    return self._unmarked(start)
                if not final:
                    return WAIT
            label = window[after + 1 : end] if end > after + 1 else label
        label = _normalized(label)
        if label in self._remote:
            return self._unmarked(start)
        self._used.add(label)
        return None

    def _inline(self, text: str, start: int, position: int, limit: int, final: bool) -> Hit | Wait | None:
        url, end, ended = _destination(text, position, limit)
        full = len(text) >= limit
        if not ended and full:
            return self._unmarked(start)
        if not ended and not final:
            return WAIT
        if not _is_remote(url):
            return None
        stop = min(len(text), limit)
        while end < stop and text[end] in _SPACE:
            end += 1
        if end < stop and text[end] in "\"'(":
            close = text.find(")" if text[end] == "(" else text[end], end + 1, stop)
            end = close + 1 if close >= 0 else stop
            while end < stop and text[end] in _SPACE:
                end += 1
        if end >= stop and not full and not final:
            return WAIT
        if end < stop and text[end] == ")":
            return Hit(end + 1, "REMOTE_IMAGE", "[remote image removed]", stops=False)
        return self._unmarked(start)

    def definition(self, text: str, start: int, final: bool) -> Hit | Wait | None:
        limit = start + _LABEL_LONGEST
        close = start + 1
        while close < min(len(text), limit) and text[close] not in "[]":
            close += 2 if text[close] == "\\" else 1
        if close + 1 >= len(text) and close < limit:
            if not final:
                return WAIT
            return None
        if close >= limit or text[close : close + 2] != "]:":
            return None
        url, _, ended = _destination(text, close + 2, limit + _DESTINATION_LONGEST)
        if not ended and not final and len(text) < limit + _DESTINATION_LONGEST:
            return WAIT
        label = _normalized(text[start + 1 : close])
        if _is_active_url(url) or (label in self._used and _is_remote(url)):
            return Hit(start + 1, "REMOTE_IMAGE", "&#91;", stops=False)
        if _is_remote(url):
            self._remote.add(label)
        return None

    @staticmethod
    def _unmarked(start: int) -> Hit:
        """Without its mark, an image is a link: nothing is loaded until somebody asks."""
        return Hit(start + 1, "REMOTE_IMAGE", "&#33;", stops=False)


def _closing_bracket(text: str, position: int) -> int | Wait | None:
    """The `]` that closes a bracket opened before; None when the paragraph ends before it."""
    depth = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "\n" and _BLANK_LINE.match(text, position):
            return None
        elif character == "[":
            depth += 1
        elif character == "]":
            if depth == 0:
                return position
            depth -= 1
        position += 1
    return WAIT


def _normalized(label: str) -> str:
    return " ".join(label.split()).casefold()

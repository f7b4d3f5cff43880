"""Markup that does something by itself when a page shows it: scripts, frames, event handlers, images from elsewhere.

An image from elsewhere is a way out for data: the page asks for its URL, and a model that was told so by a document
puts what it knows into that URL. Nothing is cut out of HTML: the `<` of the tag becomes `&lt;`, so what is left over
cannot join to a new tag. Tags are read as browsers read them.
"""

from __future__ import annotations

import html
import re

from .brackets import Brackets
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
_DROPPED = {code: None for code in (*range(0x21), 0x7F)}
# A scheme that is none of a script's, an address without one, or what is no scheme: no entity behind it changes that.
_DECIDED = re.compile(r"(?!data:)[a-z][a-z0-9+.-]*:|//|/[^/]|[^/a-z]|[a-z][a-z0-9+.-]*[^a-z0-9+.:-]")
_MOST_ENTITIES = 8
# A quick look at the first letter of a destination: only schemes that begin so are active.
_MAYBE_ACTIVE = re.compile(r"[\x00-\x20\x7f<\\]*[jvd&]", re.IGNORECASE | re.ASCII)

# What ends a name, a value and a destination, read by one expression each.
_GAP = re.compile(r"[ \t\n\r\f/]*")
_WHITE = re.compile(r"[ \t\n\r\f]*")
_ATTRIBUTE_NAME = re.compile(r"[^>][^ \t\n\r\f/>=]*", re.DOTALL)
_BARE_VALUE = re.compile(r"[^ \t\n\r\f>]*")
_ELEMENT_NAME = re.compile(r"[^ \t\n\r\f/>]*")
_ANGLED = re.compile(r"[^>\n]*")
_DESTINATION_TOKEN = re.compile(r"\\.|[ \t\n\r\f()]", re.DOTALL)
_MAY_END = re.compile(r"[ \t\n\r\f)>]")
_LABEL = re.compile(r"(?:[^\[\]\\]+|\\.?)*", re.DOTALL)


def active_content_rules() -> list[Rule]:
    """Rules for one text; they remember which labels its Markdown images use, so each text takes rules of its own.

    Where many tags or images begin inside one another, each character is read once: what was read is remembered.
    """
    labels = _ImageLabels()
    tags = _Tags()
    return [
        Rule(("<",), tags.tag, _TAG_LONGEST + 1, tags.placed),
        Rule(("![",), labels.image, _IMAGE_LONGEST + 1, labels.brackets.placed),
        Rule(("](",), _link, _DESTINATION_LONGEST + 8),
        Rule(("[",), labels.definition, _LABEL_LONGEST + _DESTINATION_LONGEST + 8),
    ]


def _stripped(text: str) -> str:
    return text.replace("\\", "/").translate(_DROPPED).lower()


def _cleaned(url: str) -> str:
    """A URL as a browser takes it: entities read, white space and control characters dropped, lower case."""
    return _stripped(html.unescape(html.unescape(url)))


def _beginning(url: str) -> str | None:
    """What says where a URL leads, cleaned. None: too many entities to read; that is not let through."""
    head = _stripped(url[: url.find("&")] if "&" in url else url)
    if _DECIDED.match(head):
        return head
    return _cleaned(url) if url.count("&") <= _MOST_ENTITIES else None


def _is_remote(url: str) -> bool:
    cleaned = _beginning(url)
    if cleaned is None:
        return True
    if _INLINE_IMAGE.match(cleaned):
        return False
    return cleaned.startswith("//") or _SCHEME.match(cleaned) is not None


def _is_active_url(url: str) -> bool:
    cleaned = _beginning(url)
    return cleaned is None or (_ACTIVE_SCHEME.match(cleaned) is not None and not _INLINE_IMAGE.match(cleaned))


# --- HTML


def _escaped(start: int, kind: str = "ACTIVE_HTML") -> Hit:
    return Hit(start + 1, kind, "&lt;", stops=False)


class _Tags:
    """Tags, by the states of the HTML standard's tokenizer."""

    def __init__(self) -> None:
        self._offset = 0
        self._known: dict[int, tuple[int, bool]] = {}
        """Where an attribute begins: where what follows it begins, and whether it is an active one."""

    def placed(self, offset: int) -> None:
        """See `Rule.placed`."""
        self._offset = offset
        if len(self._known) > 4 * _TAG_LONGEST:
            self._known = {place: known for place, known in self._known.items() if place >= offset}

    def tag(self, text: str, start: int, final: bool) -> Hit | Wait | None:
        """The judge."""
        first = start + 1
        if text[first : first + 1] == "/":
            first += 1
        if first >= len(text):
            return None if final else WAIT
        if not ("a" <= text[first].lower() <= "z"):
            return None
        limit = start + _TAG_LONGEST
        end = _end(_ELEMENT_NAME, text, first, limit)
        ended = end < len(text) and end < limit
        if ended or final:
            named = text[first:end].lower().rsplit(":", 1)[-1]
            if named in _ACTIVE_ELEMENTS or _ACTIVE_AUTOLINK.match(_cleaned(text[first : first + 32])):
                return _escaped(start)
        closes = text.find(">", end, limit) >= 0
        if closes or (final and len(text) < limit):
            active, closed = self._attributes(text, end, limit)
            if closed or (final and len(text) < limit):
                return _escaped(start) if active else None
        # A tag that is too long to read is not let through.
        return _escaped(start) if len(text) >= limit else WAIT

    def _attributes(self, text: str, position: int, limit: int) -> tuple[bool, bool]:
        """Whether one of the attributes is active, and whether the tag ended."""
        stop = min(len(text), limit)
        active = False
        while position < stop:
            known = self._known.get(self._offset + position)
            if known is not None:
                following = known[0] - self._offset
                active = active or known[1]
                # Beyond the limit a tag is not read, so it has not ended there.
                if following >= stop:
                    return active, False
                position = following
                continue
            begin = _end(_GAP, text, position, stop)
            if begin >= stop:
                break
            if text[begin] == ">":
                return active, True
            following, is_active, whole = _attribute(text, begin, stop)
            if whole:
                self._known[self._offset + position] = (self._offset + following, is_active)
            active = active or is_active
            position = following
        return active, False


def _end(pattern: re.Pattern[str], text: str, position: int, stop: int) -> int:
    """Where what the pattern describes ends, at `stop` at most. Every pattern here also describes nothing."""
    match = pattern.match(text, position, stop)
    return match.end() if match is not None else position


def _attribute(text: str, begin: int, stop: int) -> tuple[int, bool, bool]:
    """Where the attribute at `begin` ends, whether it is active, and whether nothing after `stop` changes that."""
    name_end = _end(_ATTRIBUTE_NAME, text, begin, stop)
    position = _end(_WHITE, text, name_end, stop)
    if position >= stop or text[position] != "=":
        return position, False, position < stop
    name = text[begin:name_end].lower()
    position = _end(_WHITE, text, position + 1, stop)
    if position < stop and text[position] in "\"'":
        close = text.find(text[position], position + 1, stop)
        value = text[position + 1 : close if close >= 0 else stop]
        return (close + 1 if close >= 0 else stop), _is_active_attribute(name, value), close >= 0
    end = _end(_BARE_VALUE, text, position, stop)
    return end, _is_active_attribute(name, text[position:end]), end < stop


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
    start = position = _end(_WHITE, text, position, stop)
    if position < stop and text[position] == "<":
        position = _end(_ANGLED, text, position, stop)
        return text[start + 1 : position], position + 1, position < stop
    depth = 0
    end = stop
    for token in _DESTINATION_TOKEN.finditer(text, position, stop):
        read = token.group()
        if read == "(":
            depth += 1
        elif read == ")" and depth > 0:
            depth -= 1
        elif read[0] != "\\":
            end = token.start()
            break
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text[start:end]), end, end < stop


def _link(text: str, start: int, final: bool) -> Hit | Wait | None:
    limit = start + _DESTINATION_LONGEST
    if (final or len(text) >= limit) and not _MAYBE_ACTIVE.match(text, start + 2, limit):
        return None
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
        self.brackets = Brackets()

    def image(self, text: str, start: int, final: bool) -> Hit | Wait | None:
        limit = start + _IMAGE_LONGEST
        stop = min(len(text), limit)
        close = self.brackets.closing(text, start + 1, stop)
        if isinstance(close, Wait):
            if len(text) >= limit:
                return self._unmarked(start)
            return None if final else WAIT
        if close is None:
            return None
        after = close + 1
        if after >= stop:
            if len(text) >= limit:
                return self._unmarked(start)
            if not final:
                return WAIT
        follows = text[after] if after < stop else ""
        if follows == "(":
            return self._inline(text, start, after + 1, limit, final)
        label = text[start + 2 : close]
        if follows == "[":
            end = text.find("]", after, stop)
            if end < 0:
                if len(text) >= limit:
                    return self._unmarked(start)
                if not final:
                    return WAIT
            label = text[after + 1 : end] if end > after + 1 else label
        label = _normalized(label)
        if label in self._remote:
            return self._unmarked(start)
        # Longer ones have no definition: folding the case of a letter gives three at most.
        if len(label) <= 3 * _LABEL_LONGEST:
            self._used.add(label)
        return None

    def _inline(self, text: str, start: int, position: int, limit: int, final: bool) -> Hit | Wait | None:
        full = len(text) >= limit
        # A quick look, since many images may begin inside one another.
        if (full or not final) and not _MAY_END.search(text, _end(_WHITE, text, position, limit), limit):
            return self._unmarked(start) if full else WAIT
        url, end, ended = _destination(text, position, limit)
        if not ended and full:
            return self._unmarked(start)
        if not ended and not final:
            return WAIT
        if not _is_remote(url):
            return None
        stop = min(len(text), limit)
        end = _end(_WHITE, text, end, stop) if end < stop else end
        if end < stop and text[end] in "\"'(":
            close = text.find(")" if text[end] == "(" else text[end], end + 1, stop)
            end = close + 1 if close >= 0 else stop
            end = _end(_WHITE, text, end, stop) if end < stop else end
        if end >= stop and not full and not final:
            return WAIT
        if end < stop and text[end] == ")":
            return Hit(end + 1, "REMOTE_IMAGE", "[remote image removed]", stops=False)
        return self._unmarked(start)

    def definition(self, text: str, start: int, final: bool) -> Hit | Wait | None:
        limit = start + _LABEL_LONGEST
        close = _end(_LABEL, text, start + 1, min(len(text), limit))
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


def _normalized(label: str) -> str:
    return " ".join(label.split()).casefold()

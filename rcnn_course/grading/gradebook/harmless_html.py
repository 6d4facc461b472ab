"""HTML that a browser may be given: it runs nothing, loads nothing and stays in its place.

Bleach parses it as a browser does and writes what is allowed anew. Left out are scripts, forms,
frames and styles, addresses that are loaded or run, and whatever could lay a text over another
one, such as a grade: positions, negative margins, classes and ids of the page.
"""

import re
import secrets
from collections.abc import Callable, Set
from itertools import count

import tinycss2
from bleach import ALLOWED_TAGS, Cleaner
from pygments.token import STANDARD_TYPES

TAGS = ALLOWED_TAGS | {
    *("br", "caption", "col", "colgroup", "dd", "del", "details", "div", "dl", "dt", "figcaption"),
    *("figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "input", "ins", "kbd", "mark"),
    *("p", "pre", "s", "samp", "small", "span", "sub", "summary", "sup", "table", "tbody", "td"),
    *("tfoot", "th", "thead", "tr", "tt", "u", "var"),
}
"""Elements that only show something. An `input` is the box of a list of tasks."""

ATTRIBUTES = {
    *("align", "alt", "border", "checked", "colspan", "disabled", "height", "lang", "open"),
    *("reversed", "role", "rowspan", "scope", "span", "start", "style", "title", "valign", "width"),
}
"""Attributes that these may have, whatever their value; `_Attributes` has the others."""

CLASSES = {
    *("anchor-link", "dataframe", "highlight", "jp-Mermaid", "mermaid"),
    *("task-list-item", "task-list-item-checkbox"),
    *filter(None, STANDARD_TYPES.values()),
}
"""What nbconvert and pandas write; the page has others, such as one that stays on top."""

RAW_ELEMENTS = re.compile(
    r"<(script|style|title|textarea|template|iframe|noscript|noembed|noframes|xmp)\b.*?(?:</\1\b[^>]{0,99}>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
"""Elements whose text is nothing to read."""

ELSEWHERE = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
"""How a link begins that is no file beside the notebook."""

PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*")
"""A picture that is there as a whole; a browser runs nothing in it, an SVG included."""

FILE = re.compile(r"(?:\.\.?/)*[^\s:/\\?&%;#]+(?:/[^\s:/\\?&%;#]+)*\.(\w+)(?:#[\w.-]*)?")
"""A file beside the notebook, or beside another one."""

PICTURES = {"gif", "jpeg", "jpg", "png", "svg", "webp"}
"""Endings of pictures that may be loaded from beside the notebook."""

DOCUMENTS = PICTURES - {"svg"} | {
    "csv",
    "ipynb",
    "json",
    "md",
    "npy",
    "pdf",
    "pt",
    "pth",
    "py",
    "txt",
}
"""Endings of files that a link may lead to: Formgrader serves them, and a browser runs none."""

LONGEST_NAME = 400
"""Characters of the name of a file that a link leads to."""

LONG_DATA = re.compile(r"[A-Za-z0-9+/]{1000,}")
"""The data of a picture, which needs no parsing."""

MOST_TAGS = 4000
"""Tags, or escaped characters, of one text; a table as large as pandas shows has fewer."""

LONGEST_TAG = 4000
"""Characters of a tag and the text behind it; more only where `SIMPLE_TAG` tells them apart."""

SIMPLE_TAG = re.compile(r"""/?[A-Za-z][A-Za-z0-9]*(?:\s+[a-z-]+="[^"<>]*"){0,50}\s*/?>""")

STYLES = {
    *("background-color", "border", "border-bottom", "border-collapse", "border-color"),
    *("border-left", "border-radius", "border-right", "border-spacing", "border-style"),
    *("border-top", "border-width", "color", "display", "font-family", "font-size", "font-style"),
    *("font-weight", "height", "line-height", "list-style-type", "margin", "margin-bottom"),
    *("margin-left", "margin-right", "margin-top", "max-width", "min-width", "opacity"),
    *("overflow-wrap", "overflow-x", "padding", "padding-bottom", "padding-left"),
    *("padding-right", "padding-top", "text-align", "text-decoration", "vertical-align"),
    *("white-space", "width", "word-break", "word-wrap"),
}
"""Properties that leave a thing where it stands."""

COLOURS = {"rgb", "rgba", "hsl", "hsla", "var"}
"""Functions that give a colour."""

LARGEST_FONT = {"em": 3, "rem": 3, "%": 300, "px": 48, "pt": 36}
"""Letters that are larger would reach out of their line."""


def clean(text: str, reserved: Set[str] = frozenset()) -> str:
    """Return what is harmless of an HTML text.

    Args:
        text: a part of a page.
        reserved: ids that the page itself uses, so that no heading may have them.

    Raises:
        ValueError: If it would take long to parse, since tags or attributes are far too many.
    """
    word = secrets.token_hex(8)
    text = RAW_ELEMENTS.sub("", text)
    long = LONG_DATA.findall(text)
    number = count()
    short = LONG_DATA.sub(lambda _: f"{word}{next(number)}x", text)
    if not is_quick_to_parse(short):
        raise ValueError(f"expected HTML of at most {MOST_TAGS} tags, each of a few attributes")
    kept = _cleaner(_Attributes(reserved)).clean(short)
    return re.sub(f"{word}(\\d+)x", lambda found: long[int(found[1])], kept)


def is_quick_to_parse(text: str) -> bool:
    """Tell whether parsing it takes a moment; with nesting and attributes it grows as a square."""
    tags = text.split("<")[1:]
    return max(len(tags), text.count("&")) <= MOST_TAGS and all(
        len(tag) <= LONGEST_TAG or SIMPLE_TAG.match(tag) for tag in tags
    )


def _cleaner(attributes: Callable[[str, str, str], bool]) -> Cleaner:
    return Cleaner(
        tags=TAGS,
        attributes=attributes,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
        css_sanitizer=_Styles(),
    )


class _Attributes:
    """Tells which attributes of an element may stay; each needs a reason."""

    def __init__(self, reserved: Set[str]):
        self._reserved = reserved

    def __call__(self, tag: str, name: str, value: str) -> bool:
        if name == "class":
            return set(value.split()) <= CLASSES
        if name == "id":
            return bool(re.fullmatch("h[1-6]", tag)) and value not in self._reserved
        if name == "href":
            return tag == "a" and _leads_somewhere_harmless(value)
        if name == "src":
            return tag == "img" and (bool(PICTURE.fullmatch(value)) or _is_file(value, PICTURES))
        if name == "type":
            return tag == "input" and value == "checkbox"
        return name in ATTRIBUTES


def _leads_somewhere_harmless(address: str) -> bool:
    return bool(ELSEWHERE.match(address)) or _is_file(address, DOCUMENTS)


def _is_file(address: str, endings: Set[str]) -> bool:
    found = FILE.fullmatch(address) if len(address) < LONGEST_NAME else None
    return found is not None and found[1].lower() in endings


class _Styles:
    """Leaves of a `style` what stays in its place, in the form that bleach asks for."""

    def sanitize_css(self, style: str) -> str:
        """Return the harmless part of a list of declarations."""
        parts = tinycss2.parse_declaration_list(style, skip_whitespace=True)
        kept = [part for part in parts if _is_harmless(part)]
        if len(kept) == len(parts):
            return style
        return " ".join(f"{part.lower_name}: {tinycss2.serialize(part.value)};" for part in kept)


def _is_harmless(part: tinycss2.ast.Node) -> bool:
    return (
        part.type == "declaration"
        and part.lower_name in STYLES
        and all(_stays_in_place(part.lower_name, token) for token in part.value)
    )


def _stays_in_place(name: str, token: tinycss2.ast.Node) -> bool:
    if token.type in ("number", "percentage", "dimension"):
        unit = {"number": "em", "percentage": "%"}.get(token.type) or token.lower_unit
        if name == "font-size":
            return 0 <= token.value <= LARGEST_FONT.get(unit, 0)
        if name == "line-height":
            return token.type == "number" and 1 <= token.value <= 3
        return token.value >= 0 and name != "height"
    if token.type == "function":
        return token.lower_name in COLOURS and "color" in name
    return token.type in ("ident", "hash", "string", "whitespace") or token == ","

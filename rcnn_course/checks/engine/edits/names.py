"""Names that are mistaken for one another: functions, dtypes, words, and variables of two axes."""

import re
from collections.abc import Collection, Iterator

FUNCTIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "comparison": (
        ("gt", "ge"),
        ("lt", "le"),
        ("greater", "greater_equal"),
        ("less", "less_equal"),
    ),
    "rounding": (("floor", "round", "ceil", "trunc"), ("true_divide", "floor_divide")),
    "reduction": (
        ("sum", "mean"),
        ("max", "min"),
        ("amax", "amin"),
        ("maximum", "minimum"),
        ("argmax", "argmin"),
        ("any", "all"),
        ("prod", "sum"),
        ("cummax", "cummin"),
        ("logical_and", "logical_or"),
    ),
    "sign": (("add", "sub"), ("add_", "sub_")),
    "function": (
        ("mul", "div"),
        ("log", "log2"),
        ("exp", "exp2"),
        ("sqrt", "square", "rsqrt"),
        ("softmax", "sigmoid"),
        ("softmax", "log_softmax"),
        ("smooth_l1_loss", "l1_loss", "mse_loss"),
        ("cross_entropy", "nll_loss"),
        ("max_pool2d", "avg_pool2d"),
        ("zeros", "ones"),
        ("zeros_like", "ones_like"),
        ("new_zeros", "new_ones"),
        ("cat", "stack"),
        ("concatenate", "stack"),
        ("hstack", "vstack"),
        ("repeat", "repeat_interleave"),
        ("append", "extend"),
    ),
    "dtype": (
        ("float", "double"),
        ("long", "int"),
        ("int64", "int32"),
        ("float32", "float64"),
    ),
}
"""For each kind of edit, groups of names of functions, methods and dtypes."""

BUILTINS: dict[str, tuple[tuple[str, ...], ...]] = {
    "rounding": (("int", "round"),),
    "reduction": (("max", "min"), ("any", "all"), ("sum", "max")),
}
"""The same for names that stand alone."""

WORDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "reduction": (("sum", "mean"),),
    "rounding": (("floor", "trunc"),),
    "order of arguments": (("ij", "xy"),),
    "function": (
        ("bilinear", "nearest"),
        ("bilinear", "bicubic"),
        ("zeros", "border"),
        ("xyxy", "xywh", "cxcywh"),
    ),
}
"""The same for strings."""

_STEPS = """
abs absolute amax amin ceil clamp clamp_ clip clip_boxes_to_image clone contiguous copy deepcopy
detach dict double exp expand flip float floor int log log1p long masked_fill max maximum min
minimum mul_ permute relu reversed round sigmoid softmax sort sorted sqrt square squeeze to
transpose trunc type_as unsqueeze
"""
STEPS = frozenset(_STEPS.split())
"""Functions and methods that turn their first argument into something of the same sort."""

_PAIRS = """
x/y w/h ws/hs xs/ys width/height widths/heights row/column rows/columns row/col rows/cols left/top
right/bottom across/down horizontal/vertical lower/upper low/high i/j pred/gt first/second 1/2 0/1
positive/negative a/b in/out start/stop
"""
_PARTNERS = [pair for text in _PAIRS.split() for pair in (text.split("/"), text.split("/")[::-1])]


def alternatives(
    name: str, groups: dict[str, tuple[tuple[str, ...], ...]], kind: str
) -> Iterator[str]:
    """Yield the names that one is mistaken for."""
    for group in groups.get(kind, ()):
        if name in group:
            yield from (other for other in group if other != name)


def counterpart(name: str, known: Collection[str]) -> str:
    """Return the same name for the other axis, or the other of two: `dx` for `dy`, or ''.

    Args:
        name: of a variable.
        known: the names that there are.
    """
    words = re.findall(r"[a-z]+|\d+|[^a-z\d]+", name.lower())
    for number, word in enumerate(words):
        for new in _partners(word):
            other = "".join([*words[:number], new, *words[number + 1 :]])
            if other in known and other != name:
                return other
    return ""


def _partners(word: str) -> Iterator[str]:
    for old, new in _PARTNERS:
        if word == old:
            yield new
        elif len(word) == 2 and old in "xywh" and old in word:
            yield word.replace(old, new)

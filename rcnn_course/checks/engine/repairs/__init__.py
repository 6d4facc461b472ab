"""Repairs: small edits of a wrong answer, any of which might make it right.

Where a step was forgotten, nothing that stands there can be exchanged. So besides the edits of
`edits` there are those that add: a step, an operand, an option, a bound, a statement. They are
made of what the function itself knows and of a vocabulary, the same for all exercises.
"""

from collections.abc import Callable, Iterator
from itertools import islice

from rcnn_course.checks.engine.edits import Edit, edits_of
from rcnn_course.checks.engine.repairs import additions, analogies, conditions, inverses, statements
from rcnn_course.checks.engine.repairs.found import Added, Found, Repair, found_in

_IN_TURN = 50
"""Repairs of one kind before the next kind has its turn."""

Repairs = Callable[[str, frozenset[int] | None], Iterator[Edit | Repair]]
"""Yields repairs of a source on some of its lines, or on all, the likeliest first."""


def exchanges_of(source: str, lines: frozenset[int] | None = None) -> Iterator[Edit]:
    """Yield the edits that exchange or leave out what stands in a source, the likeliest first.

    None merely takes a branch away: what is left out with it is no small change.

    Args:
        source: Python text with a function or a class, and perhaps helpers.
        lines: on which something is changed; None for all.

    Raises:
        SyntaxError: If this is no Python.
    """
    for edit in edits_of(source):
        is_there = lines is None or edit.line in lines
        if is_there and (edit.kind != "condition" or edit.after not in ("True", "False")):
            yield edit


def _of(*kinds: tuple[str, Callable[[Found], Added]]) -> Repairs:
    """Return what yields repairs of some kinds, a few of each in turn.

    Some kinds have ten thousands, and those behind them would never be reached.
    """

    def repairs(source: str, lines: frozenset[int] | None = None) -> Iterator[Repair]:
        found = found_in(source, lines)
        waiting = [(kind, add(found)) for kind, add in kinds]
        while waiting:
            for kind, added in list(waiting):
                some = list(islice(added, _IN_TURN))
                yield from (Repair(kind, *repair) for repair in some)
                if len(some) < _IN_TURN:
                    waiting.remove((kind, added))

    repairs.__name__ = kinds[0][1].__name__
    return repairs


REPAIRS: tuple[Repairs, ...] = (
    _of(
        ("kept state", inverses.kept_state),
        ("in place", inverses.in_place),
        ("buffer", inverses.buffers),
        ("missing step", statements.base_constructors),
    ),
    _of(
        ("missing step", additions.unread_operands),
        ("missing step", statements.fillings),
        ("missing step", statements.remaining_methods),
    ),
    exchanges_of,
    _of(
        ("sign", inverses.signs),
        ("constant", inverses.small_numbers),
        ("default", inverses.parameters),
        ("operator", inverses.operators),
        ("condition", inverses.conditions),
        ("loop", inverses.bounds),
        ("condition", conditions.tests),
        ("missing step", additions.mirrors),
        ("missing step", additions.counted),
    ),
    _of(
        ("missing step", analogies.analogies),
    ),
    _of(
        ("missing step", additions.gathered),
        ("missing step", conditions.orders),
        ("missing step", additions.operands),
        ("missing step", additions.averages),
        ("condition", conditions.comparisons),
        ("option", additions.options),
    ),
    _of(
        ("condition", conditions.unread_masks),
        ("missing step", additions.more_unread_operands),
        ("missing step", additions.indexed_operands),
        ("loop", inverses.open_bounds),
        ("missing step", additions.likely_steps),
        ("dtype", additions.dtypes),
        ("missing step", additions.calls),
        ("gradient", additions.zero_sums),
    ),
    _of(
        ("missing step", statements.statements_like_others),
        ("missing step", statements.short_statements),
    ),
    _of(
        ("missing step", analogies.seen_operations),
        ("missing step", additions.composed_operands),
        ("missing step", additions.steps),
        ("missing step", statements.steps),
        ("gradient", inverses.contexts),
        ("missing step", additions.conversions),
        ("missing step", additions.far_operands),
    ),
)
"""Kinds of repairs, the likeliest first; where some of one help, those behind are left out."""

BEFORE_SOLVING = REPAIRS[4]
"""Behind these, operands that are missing are looked for by their values."""

SHARING: tuple[Repairs, ...] = (REPAIRS[1], *REPAIRS[4:-1])
"""Those without end, of which each leaves time to those behind it."""

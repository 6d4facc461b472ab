"""What may be missing of a condition, a mask or an order."""

import ast
from itertools import permutations, product

from rcnn_course.checks.engine.repairs.additions import by_distance
from rcnn_course.checks.engine.repairs.found import Added, Found, expression

_TESTS = (
    *("{}", "not {}", "len({})", "not len({})", "{} is not None", "{} is None"),
    *("{} > 1", "{} > 0"),
)
_NUMBERS = ("0", "1", "2", "3")
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def tests(found: Found) -> Added:
    """Yield a test in the place of one that is always or never met, as nobody means it."""
    for place in found.places:
        if not isinstance(place.node, ast.Constant) or place.field not in ("test", "ifs"):
            continue
        bound = found.scope(place).bound
        for word, name in product(_words(found), bound):
            yield place, expression(f"{word!r} in {name}")
        for one, other in permutations(bound, 2):
            yield place, expression(f"{one} in {other}")
        texts = [*found.scope(place).near(place.line), *bound]
        for test, text in product(_TESTS, dict.fromkeys(texts)):
            yield place, expression(test.format(text))
        for one, other in permutations(bound, 2):
            yield place, expression(f"len({one}) == len({other})")
        for one, other in permutations(dict.fromkeys([*texts, *_NUMBERS]), 2):
            yield from ((place, expression(f"{one} {sign} {other}")) for sign in ("<", "<=", "=="))


def comparisons(found: Found) -> Added:
    """Yield a comparison with a second one of the same value."""
    for place in found.places:
        node = place.node
        texts = found.scope(place).near(place.line) if isinstance(node, ast.Compare) else ()
        for comparison, text in product(_COMPARISONS, texts):
            second = ast.Compare(node.left, [comparison()], [expression(text)])
            yield place, ast.BinOp(node, ast.BitAnd(), second)
            yield place, ast.BoolOp(ast.And(), [node, second])
            yield place, ast.BoolOp(ast.Or(), [node, second])


def _words(found: Found) -> list[str]:
    """Return the names that stand in strings."""
    nodes = [place.node for place in found.everywhere if isinstance(place.node, ast.Constant)]
    texts = [node.value for node in nodes if isinstance(node.value, str)]
    return [text for text in dict.fromkeys(texts) if text.isidentifier()]


def orders(found: Found) -> Added:
    """Yield what is gone through, in the order of what is read nowhere."""
    for place in found.values:
        if place.field == "iter" or isinstance(place.above(), ast.Assign):
            for name in found.scope(place).unread:
                for sign in "-", "":
                    key = expression(f"lambda row: {sign}{name}[row]")
                    by = [ast.keyword("key", key)]
                    yield place, ast.Call(ast.Name("sorted", ast.Load()), [place.node], by)


def unread_masks(found: Found) -> Added:
    """Yield a mask or a condition, and a comparison of what is read nowhere as well."""
    for place in by_distance(found):
        if not isinstance(place.node, ast.Name | ast.Compare | ast.BinOp | ast.Call):
            continue
        scope = found.scope(place)
        for name, other in product(scope.unread[:3], [*scope.near(place.line), *scope.bound]):
            for comparison in _COMPARISONS if name != other else ():
                second = ast.Compare(expression(name), [comparison()], [expression(other)])
                yield place, ast.BinOp(place.node, ast.BitAnd(), second)
                if place.field in ("test", "ifs", "values"):
                    yield place, ast.BoolOp(ast.And(), [place.node, second])

"""Whatever form a wrong answer has, its line is looked for in bounded time, and words come back."""

import os
import sys
import textwrap

import pytest

from rcnn_course.checks import examine
from rcnn_course.checks.engine import locate
from tests.answers import namespace, run

ODD = {
    "lambda": "box_area = lambda boxes: boxes.sum(-1)",
    "lambda in a call": "box_area = (lambda f: lambda boxes: f(boxes))(lambda b: b.sum(-1))",
    "decorated": """
        import functools
        def doubled(function):
            @functools.wraps(function)
            def inner(*args, **kwargs):
                return 2 * function(*args, **kwargs)
            return inner
        @doubled
        def box_area(boxes):
            x1, y1, x2, y2 = boxes.unbind(-1)
            return (x2 - x1) * (y2 - y1)
        """,
    "partial": """
        import functools
        def scaled(factor, boxes):
            return factor * (boxes[:, 2:] - boxes[:, :2]).prod(-1)
        box_area = functools.partial(scaled, 2)
        """,
    "class": """
        class box_area:
            def __new__(cls, boxes):
                return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        """,
    "object": """
        class Area:
            def __call__(self, boxes):
                return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        box_area = Area()
        """,
    "bound method": """
        class Area:
            def of(self, boxes):
                return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        box_area = Area().of
        """,
    "functions in functions": """
        def box_area(boxes):
            def side(axis):
                def end(k):
                    return boxes[:, axis + k]
                return end(2) + end(0)
            return side(0) * side(1)
        """,
    "made by a function": """
        def make(factor):
            def box_area(boxes):
                return factor * (boxes[:, 2:] - boxes[:, :2]).prod(-1)
            return box_area
        box_area = make(2)
        """,
    "generator": """
        def box_area(boxes):
            for x1, y1, x2, y2 in boxes:
                yield (x2 - x1) * (y2 - y1)
        """,
    "coroutine": """
        async def box_area(boxes):
            return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        """,
    "recursion": """
        def box_area(boxes):
            if len(boxes) < 2:
                return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
            return torch.cat([box_area(boxes[:1]), box_area(boxes[1:])])
        """,
    "recursion without end": """
        def box_area(boxes):
            return box_area(boxes)
        """,
    "loop without end, once changed": """
        def box_area(boxes):
            n, areas = len(boxes), []
            while n > 0:
                n -= 1
                areas.append((boxes[n, 2:] - boxes[n, :2]).prod())
            return torch.stack(areas) if areas else boxes.sum(-1)
        """,
    "loop that catches all, once changed": """
        def box_area(boxes):
            n = 3
            while n > 0:
                try:
                    n -= 1
                except BaseException:
                    continue
            return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        """,
    "end of the process, once changed": """
        import os
        def box_area(boxes):
            if len(boxes) < 0:
                os._exit(0)
            return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        """,
    "question, once changed": """
        def box_area(boxes):
            if len(boxes) < 0:
                input()
            return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        """,
    "memory without end, once changed": """
        def box_area(boxes):
            if len(boxes) < 0:
                boxes = [bytearray(10**9) for _ in range(10**6)]
            return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        """,
    "changed globals": """
        calls = []
        scale = 1
        def box_area(boxes):
            global scale
            scale += 1
            calls.append(boxes)
            return scale * (boxes[:, 2:] - boxes[:, :2]).prod(-1)
        """,
    "tabs": "def box_area(boxes):\n\tsides = boxes[:, 2:] - boxes[:, :2]\n\treturn sides.sum(-1)",
    "names that are not ASCII": """
        def box_area(boxes):
            größe_µ = boxes[:, 2:] - boxes[:, :2]  # ∏ of the sides 📦
            return größe_µ.sum(-1)
        """,
    "form feed and continued lines": (
        "def box_area(boxes):\n\f    sides = boxes[:, 2:] \\\n        - boxes[:, :2]\n"
        "    return sides.sum(-1)"
    ),
    "one line": "def box_area(boxes): return (boxes[:, 2:] - boxes[:, :2]).sum(-1)",
    "rare syntax": """
        def box_area(boxes, /, *rest, **more):
            match boxes.shape:
                case [n, 4] if (m := n) > -1:
                    del n
                case _:
                    raise SystemExit
            with torch.no_grad() as a, torch.enable_grad() as b:
                try:
                    assert m >= 0
                finally:
                    return (boxes[:, 2:] - boxes[:, :2]).sum(-1)
        """,
    "error that is no Exception": """
        def box_area(boxes):
            raise KeyError if boxes is None else SystemExit(3)
        """,
}


@pytest.mark.parametrize("form", ODD)
def test_wrong_answer_of_odd_form_is_answered_in_words_and_soon(form, monkeypatch):
    names = namespace("00_start_here")
    run(textwrap.dedent(ODD[form]).strip(), names)
    subject = names["box_area"]
    monkeypatch.setattr(sys.modules["__main__"], "box_area", subject, raising=False)
    monkeypatch.setattr(locate, "SECONDS", 1.0)
    before = sum(os.times()[:4])
    report = examine(subject, locating=True)
    assert sum(os.times()[:4]) - before < 5
    assert report.outcome == "incorrect"
    assert report.message.strip()

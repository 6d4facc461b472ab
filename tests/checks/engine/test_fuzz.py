"""Whatever a student's code is or does, the check answers in words, and soon."""

import asyncio
import functools
import random
import sys
import time

import pytest
import torch
from torch import Tensor, nn

from rcnn_course.checks import CheckFailed, check, checking
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.settings import default_settings

STATE = []


class Rude:
    """An object that raises whenever anything is asked of it."""

    def _raise(self, *_):
        raise RuntimeError("no")

    __eq__ = __hash__ = __len__ = __getattr__ = __repr__ = __str__ = __iter__ = _raise
    __bool__ = __int__ = __float__ = __index__ = __getitem__ = __contains__ = _raise


class Deaf:
    def __getattribute__(self, name):
        raise RuntimeError("no")


class RudeError(Exception):
    def __str__(self):
        raise RuntimeError("no")


class Beyond(BaseException):
    """No `except Exception` catches this."""


class Mine(Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise RuntimeError("no")


class Strange(dict):
    def __iter__(self):
        raise RuntimeError("no")


def holding_itself():
    values = []
    values.append(values)
    return values


def without_memory():
    tensor = torch.ones(3, 4)
    tensor.untyped_storage().resize_(0)
    return tensor


def doubled():
    values = [1.0]
    for _ in range(60):
        values = [values, values]
    return values


RESULTS = {
    "a number": lambda: 3,
    "a huge number": lambda: 10**5000,
    "NaN": lambda: float("nan"),
    "a string": lambda: "text",
    "half a character": lambda: "\ud800",
    "bytes": lambda: b"1234",
    "nothing": lambda: None,
    "a class": lambda: Rude,
    "an object that raises": Rude,
    "objects that raise": lambda: [Rude(), {"boxes": Deaf()}],
    "a dictionary that raises": lambda: Strange(a=1),
    "odd keys": lambda: {None: 1, (1, 2): Rude, torch.ones(1): 2, float("nan"): 3, Rude: 4},
    "nested rubbish": lambda: [[], ({}, [None, [torch.ones(0), {1: [b""]}]])],
    "a list that holds itself": holding_itself,
    "a list without end": doubled,
    "a long range": lambda: range(10**15),
    "a generator": lambda: (x for x in "abc"),
    "a slice": lambda: slice(3),
    "no numbers": lambda: torch.ones(0, 3),
    "a number in a tensor": lambda: torch.tensor(3.0),
    "whole numbers": lambda: torch.ones(2, 2, dtype=torch.uint8),
    "sparse": lambda: torch.eye(3).to_sparse(),
    "compressed": lambda: torch.eye(3).to_sparse_csr(),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "quantised": lambda: torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 0, torch.quint8),
    "complex": lambda: torch.ones(2, 4, dtype=torch.complex64),
    "a conjugate": lambda: torch.ones(2, 4, dtype=torch.complex64).conj().imag,
    "eight bits": lambda: torch.ones(2, 4).to(torch.float8_e4m3fn),
    "on no device": lambda: torch.ones(4, 4, device="meta"),
    "a number on no device": lambda: torch.ones((), device="meta"),
    "enormous": lambda: torch.ones(1).expand(10**6, 10**6),
    "many enormous ones": lambda: [torch.ones(1).expand(10**6)] * 10**4,
    "without memory": without_memory,
    "of another class": lambda: torch.ones(2, 4).as_subclass(Mine),
    "a parameter": lambda: nn.Parameter(torch.ones(2, 4)),
    "a module": lambda: nn.Linear(2, 2),
}


def raising(error):
    def answer(*args, **kwargs):
        raise error

    return answer


def _tensors(values):
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
        elif isinstance(value, dict):
            yield from _tensors([*value.values()])


def changing(change):
    """Return an answer that changes its arguments, tensor after tensor, as far as it can."""

    def answer(*args, **kwargs):
        for tensor in _tensors([*args, *kwargs.values()]):
            with torch.no_grad():
                change(tensor)
        return next(_tensors(args), None)

    return answer


def replacing(with_what):
    """Return an answer that puts something else into every list and dictionary it is given."""

    def answer(*args, **kwargs):
        for value in args:
            if isinstance(value, dict):
                value.update(dict.fromkeys(value, with_what()))
                value["more"] = value
            elif isinstance(value, list):
                value[:] = [with_what()] * len(value)
                value.append(value)
        return torch.ones(2)

    return answer


def emptying(*args, **kwargs):
    for value in args:
        if isinstance(value, dict | list):
            value.clear()
    return next(_tensors(args), None)


def remembering(*args, **kwargs):
    STATE.extend(_tensors(args))
    torch.set_default_dtype(torch.float64)
    torch.set_grad_enabled(len(STATE) % 2 == 0)
    return STATE[-1] if STATE else None


def endlessly(*args, **kwargs):
    return endlessly(*args, **kwargs)


def adding(*args, **kwargs):
    for tensor in _tensors(args):
        tensor += 1
        return tensor


async def later(*args, **kwargs):
    await asyncio.sleep(0)


def step_by_step(*args, **kwargs):
    yield from args


DEEDS = {
    "its argument": lambda *args, **kwargs: args[0],
    "all its arguments": lambda *args, **kwargs: (args, kwargs),
    "later": later,
    "step by step": step_by_step,
    "a function of a function": lambda *args, **kwargs: lambda: args,
    "without parameters": lambda: 1,
    "endlessly": endlessly,
    "sys.exit": lambda *args, **kwargs: sys.exit("bye"),
    "an error that raises": raising(RudeError()),
    "an error with a long text": raising(ValueError("x" * 10**6)),
    "an error with half a character": raising(ValueError("\ud800")),
    "an error without a line": raising(ValueError("\n\n")),
    "beyond Exception": raising(Beyond()),
    "GeneratorExit": raising(GeneratorExit()),
    "resize_": changing(lambda tensor: tensor.resize_(0)),
    "set_": changing(lambda tensor: tensor.set_()),
    "no memory": changing(lambda tensor: tensor.untyped_storage().resize_(0)),
    "no device": changing(lambda t: setattr(t, "data", torch.ones(1, device="meta").to(t.dtype))),
    "twice as large": changing(lambda tensor: tensor.mul_(2)),
    "x += 1": adding,
    "entries replaced by sparse ones": replacing(lambda: torch.eye(2).to_sparse()),
    "entries replaced by objects": replacing(Rude),
    "entries replaced by tensors of a class": replacing(lambda: torch.ones(2).as_subclass(Mine)),
    "entries replaced by tensors": replacing(lambda: torch.ones(2)),
    "entries taken away": emptying,
    "state": remembering,
}


class Called:
    def __call__(self, *args, **kwargs):
        return args[0]


class RudeCall(Rude):
    def __call__(self, *args, **kwargs):
        return 1


class DeafCall(Deaf):
    def __call__(self, *args, **kwargs):
        return 1


class NewClass:
    def __new__(cls, *args, **kwargs):
        return 3


class Module(nn.Module):
    def __init__(self, *args):
        super().__init__()
        self.unused = nn.Parameter(torch.ones(1))


class RudeModule(nn.Module):
    def __init__(self, *args):
        super().__init__()

    def state_dict(self, *args, **kwargs):
        return Rude()

    def forward(self, *args):
        return Rude()


class Meta(type):
    def __getattribute__(cls, name):
        raise RuntimeError("no")


class OfMeta(metaclass=Meta):
    pass


def circular(*args, **kwargs):
    return 1


circular.__wrapped__ = circular

ANSWERS = {
    "a number": 3,
    "a string": "text",
    "None": None,
    "a tensor": torch.ones(2),
    "a module": sys,
    "an object that raises": Rude(),
    "an object that only raises": Deaf(),
    "an object that is called": Called(),
    "an object that raises and is called": RudeCall(),
    "an object that only raises and is called": DeafCall(),
    "partial": functools.partial(Called(), 1),
    "a partial of a partial": functools.partial(functools.partial(Called(), 1), 2),
    "a builtin": len,
    "a class of Python's own": dict,
    "a type": type,
    "a method": [].append,
    "a class method": dict.fromkeys,
    "an operator": torch.add,
    "a class whose objects are numbers": NewClass,
    "a class": Called,
    "a module class": Module,
    "a module class that raises": RudeModule,
    "a module class without forward": type("Empty", (nn.Module,), {}),
    "a class that raises": Rude,
    "a class of a class that raises": OfMeta,
    "a module that is built": nn.Linear(2, 2),
    "wrapped in itself": circular,
    "coroutine function": later,
}


def said_of(name, answer, monkeypatch):
    """Return what the check says of an answer, which a notebook knows by the exercise's name."""
    monkeypatch.setattr(sys.modules["__main__"], name, answer, raising=False)
    if callable(answer) and type(answer) is type(said_of):
        monkeypatch.setattr(answer, "__name__", name)
    started = time.process_time()
    with pytest.raises((CheckFailed, TypeError, ValueError)) as caught:
        check(answer)
    text = str(caught.value)
    assert time.process_time() - started < 4, text
    assert text.encode()
    assert len(text) < 2000
    assert type(caught.value) is not ValueError or "exercise" in text
    assert type(caught.value) is not TypeError or "check needs" in text
    return text


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    monkeypatch.setattr(checking, "locate", lambda *_: None)  # it may take two seconds
    with default_settings():
        yield
    STATE.clear()


def shared(table, name):
    """Return a few rows of a table, others for each exercise."""
    number = [*EXERCISES].index(name)
    return [row for i, row in enumerate(table.items()) if (i + number) % 30 == 0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXERCISES)
def test_check_answers_in_words(name, monkeypatch):
    answers = dict(shared(ANSWERS, name)) | dict(shared(DEEDS, name))
    for what, make in shared(RESULTS, name):
        answers[f"returns {what}"] = lambda *args, _make=make, **kwargs: _make()
    for what, answer in answers.items():
        try:
            said_of(name, answer, monkeypatch)
        except BaseException as error:
            raise AssertionError(f"{name}: {what}") from error


def nested(chance, depth=0):
    kind = chance.choice(["leaf", "leaf", "list", "tuple", "dict"] if depth < 5 else ["leaf"])
    if kind == "leaf":
        return chance.choice([*RESULTS.values()])()
    inside = [nested(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == "dict":
        return dict(zip(["boxes", 0, "0", None], inside, strict=False))
    return inside if kind == "list" else tuple(inside)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", EXERCISES)
def test_random_nestings_are_answered_in_words(name, monkeypatch):
    chance = random.Random(name)
    said_of(name, lambda *args, **kwargs: nested(chance), monkeypatch)

"""Vehicles for exercises that are classes: ways in which another class does the work."""

import copy
import functools
import types

import torch
from torch import nn
from torch.func import functional_call


def subclass(kind, settings):
    return type("Own", (kind,), {})


def factory(kind, settings):
    return lambda *settings: kind(*settings)


def partial(kind, settings):
    return functools.partial(kind)


def other_instance(kind, settings):
    class Own(nn.Module):
        def __new__(cls, *settings):
            return kind(*settings)

    return Own


def copied_class(kind, settings):
    return type("Own", kind.__mro__[1:2], dict(vars(kind)))


def copied_instance(kind, settings):
    return lambda *settings: copy.deepcopy(kind(*settings))


class _Holding(nn.Module):
    """A module with the parts of another one."""

    def hold(self, inner):
        self._modules, self._buffers = inner._modules, inner._buffers
        self._parameters = inner._parameters


def forward_of_instance(kind, settings):
    class Own(_Holding):
        def __init__(self, *settings):
            super().__init__()
            inner = kind(*settings)
            self.hold(inner)
            object.__setattr__(self, "forward", inner.forward)

    return Own


def parts_of_instance(kind, settings):
    class Own(_Holding):
        def __init__(self, *settings):
            super().__init__()
            self.hold(kind(*settings))

    for name, value in vars(kind).items():
        if isinstance(value, types.FunctionType) and name != "__init__":
            setattr(Own, name, value)
    if issubclass(kind, nn.Sequential):
        Own.forward = lambda self, x: functools.reduce(lambda x, f: f(x), self.children(), x)
    return Own


def weights_put_in(kind, settings):
    class Own(_Holding):
        def __init__(self, *settings):
            super().__init__()
            inner = kind(*settings)
            object.__setattr__(self, "inner", copy.deepcopy(inner))
            self.hold(inner)

        def forward(self, *args):
            return functional_call(self.inner, self.state_dict(), args)

    return Own


def built_in_a_thread(kind, settings):
    from tests.checks.roads import vehicles

    return vehicles.thread(kind)


def built_under_vmap(kind, settings):
    from tests.checks.roads import vehicles

    return vehicles.vmap(kind)


def scripted(kind, settings):
    return lambda *settings: torch.jit.script(kind(*settings))


def symbolic(kind, settings):
    return lambda *settings: torch.fx.symbolic_trace(kind(*settings))


def symbolic_before(kind, settings):
    own = torch.fx.symbolic_trace(kind(*settings))
    return lambda *settings: copy.deepcopy(own)


def scripted_before(kind, settings):
    own = torch.jit.script(kind(*settings))
    return lambda *settings: own.copy()


VEHICLES = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, types.FunctionType)
    and value.__module__ == __name__
    and not name.startswith("_")
}

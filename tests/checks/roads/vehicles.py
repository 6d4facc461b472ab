"""Vehicles: ways in which an answer lets another function do its work.

Each takes the function and the arguments of the first case, and returns what a student would hand
in. What it does at once happens before the check; what the returned function does, during it.
"""

import asyncio
import contextvars
import copy
import cProfile
import functools
import gc
import multiprocessing
import pickle
import queue
import sys
import threading
import types
import weakref
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint


def wrapped(function, *_):
    return lambda *args, **options: function(*args, **options)


def partial(function, *_):
    return functools.partial(function)


def copied_code(function, *_):
    copied = types.FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copied.__kwdefaults__ = function.__kwdefaults__
    return copied


def changed_code(function, *_):
    copied = copied_code(function)
    copied.__code__ = copied.__code__.replace(co_name="own", co_qualname="own")
    return copied


def static_method(function, *_):
    class Own:
        work = staticmethod(function)

    return Own().work


def module(function, *_):
    class Own(nn.Module):
        def forward(self, *args, **options):
            return function(*args, **options)

    return wrapped(Own())


def forward_hook(function, *_):
    def answer(*args, **options):
        layer = nn.Identity()
        layer.register_forward_hook(lambda *_: function(*args, **options))
        return layer(torch.zeros(1))

    return answer


def deepcopy_hook(function, *_):
    def answer(*args, **options):
        class Own:
            def __deepcopy__(self, _):
                return function(*args, **options)

        return copy.deepcopy(Own())

    return answer


def generator(function, *_):
    def answer(*args, **options):
        def steps():
            yield function(*args, **options)

        return next(steps())

    return answer


def context(function, *_):
    return lambda *args, **options: contextvars.Context().run(function, *args, **options)


def _kept(run):
    """Return a vehicle from `run`, which calls what it is given somewhere."""

    def vehicle(function, *_):
        def answer(*args, **options):
            results = []
            run(lambda: results.append(function(*args, **options)))
            return results[0]

        return answer

    return vehicle


@_kept
def thread(call):
    own = threading.Thread(target=call)
    own.start()
    own.join()


@_kept
def pool(call):
    with ThreadPoolExecutor(1) as own:
        own.submit(call).result()


@_kept
def event_loop(call):
    asyncio.run(asyncio.to_thread(call))


@_kept
def vmap(call):
    torch.vmap(lambda x: (call(), x)[1])(torch.zeros(1))


@_kept
def grad(call):
    torch.func.grad(lambda x: (call(), x)[1])(torch.zeros(()))


@_kept
def autograd_function(call):
    class Own(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            call()
            return x

    Own.apply(torch.zeros(1))


@_kept
def backward(call):
    x = torch.zeros(1, requires_grad=True)
    y = x * 1
    y.register_hook(lambda _: call())
    y.sum().backward()


@_kept
def checkpointed(call):
    checkpoint(lambda: (call(), torch.zeros(1))[1], use_reentrant=False)


@_kept
def no_grad(call):
    with torch.no_grad():
        call()


@_kept
def inference_mode(call):
    with torch.inference_mode():
        call()


@_kept
def function_mode(call):
    class Own(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), options=None):
            call()
            return function(*args, **(options or {}))

    with Own():
        torch.zeros(1)


@_kept
def dispatch_mode(call):
    class Own(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), options=None):
            call()
            return function(*args, **(options or {}))

    with Own():
        torch.zeros(1).abs()


@_kept
def tensor_subclass(call):
    class Own(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), options=None):
            call()
            return torch.zeros(1)

    torch.abs(torch.zeros(1).as_subclass(Own))


@_kept
def finalizer(call):
    class Own:
        pass

    own = Own()
    weakref.finalize(own, call)
    del own
    gc.collect()


@_kept
def profiled(call):
    cProfile.Profile().runcall(call)


@_kept
def unprofiled(call):
    sys.setprofile(None)
    call()


@_kept
def dispatch_key_excluded(call):
    key = torch._C._dispatch_key_parse("TESTING_ONLY_GenericMode")
    torch._C._dispatch_tls_set_dispatch_key_included(key, False)
    call()


def scripted(function, *_):
    return wrapped(torch.jit.script(function))


def traced(function, args, options):
    names = list(options)

    def positional(*values):
        return function(*values[: len(args)], **dict(zip(names, values[len(args) :], strict=True)))

    example = (*args, *options.values())
    tensors = [i for i, value in enumerate(example) if isinstance(value, torch.Tensor)]

    def of_tensors(*values):
        full = list(example)
        for i, value in zip(tensors, values, strict=True):
            full[i] = value
        return positional(*full)

    own = torch.jit.trace(of_tensors, tuple(example[i] for i in tensors), check_trace=False)
    return lambda *a, **k: own(*[v for v in (*a, *k.values()) if isinstance(v, torch.Tensor)])


def symbolic(function, *_):
    return wrapped(torch.fx.symbolic_trace(function))


def as_graph(function, args, options):
    own = make_fx(lambda *values: function(*values, **options))(*args)
    return lambda *values, **_: own(*values)


def compiled(function, args, options):
    torch._dynamo.reset()
    own = torch.compile(function, backend="eager")
    own(*args, **options)
    return wrapped(own)


def earlier_thread(function, *_):
    asked, answered = queue.SimpleQueue(), queue.SimpleQueue()

    def work():
        while True:
            args, options = asked.get()
            try:
                answered.put(function(*args, **options))
            except Exception as error:
                answered.put(error)

    threading.Thread(target=work, daemon=True).start()

    def answer(*args, **options):
        asked.put((args, options))
        return answered.get()

    return answer


def earlier_process(function, *_):
    mine, its = multiprocessing.Pipe()

    def work():
        torch.set_num_threads(1)
        while True:
            args, options = pickle.loads(its.recv_bytes())
            its.send_bytes(pickle.dumps(function(*args, **options)))

    multiprocessing.get_context("fork").Process(target=work, daemon=True).start()

    def answer(*args, **options):
        mine.send_bytes(pickle.dumps((args, options)))
        if not mine.poll(20):
            raise TimeoutError
        return pickle.loads(mine.recv_bytes())

    return answer


SLOW = {"compiled": compiled}
NOT_PREVENTED = {"earlier_thread": earlier_thread, "earlier_process": earlier_process}
"""Threads and processes that began before the check are out of the guard's sight."""

VEHICLES = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, types.FunctionType)
    and value.__module__ == __name__
    and not name.startswith("_")
    and name not in (*SLOW, *NOT_PREVENTED)
}

"""What was compiled or traced before does not lead past the guard."""

import io

import pytest
import torch
from torch._decomp import decompositions
from torchvision import ops

from rcnn_course.checks.engine.guard import Guard, Refused

MAP = torch.arange(64.0).view(1, 1, 8, 8)
BOXES = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3]])

pytestmark = pytest.mark.filterwarnings("ignore")


def area(boxes):
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


class Norm(torch.nn.Module):
    def forward(self, x):
        return 2 * x


def exported(function):
    return torch._dynamo.export(function)(BOXES).graph_module


def saved_and_loaded(module):
    buffer = io.BytesIO()
    torch.jit.save(torch.jit.script(module), buffer)
    buffer.seek(0)
    return torch.jit.load(buffer)


def interpreted(module):
    return torch.fx.Interpreter(torch.fx.symbolic_trace(module)).run


COMPILED = {
    "torch.compile": lambda: torch.compile(area, backend="eager"),
    "torch.compile of a module": lambda: torch.compile(Norm(), backend="eager"),
    "torch._dynamo.export": lambda: exported(area),
    "torch.export": lambda: torch.export.export(Norm(), (BOXES,)).module(),
    "torch.fx": lambda: torch.fx.symbolic_trace(Norm()),
    "torch.fx.Interpreter": lambda: interpreted(Norm()),
    "make_fx": lambda: torch.fx.experimental.proxy_tensor.make_fx(area)(BOXES),
    "torch.jit.script": lambda: torch.jit.script(area),
    "torch.jit.script of a module": lambda: torch.jit.script(Norm()),
    "torch.jit.trace": lambda: torch.jit.trace(area, BOXES),
    "torch.jit.load": lambda: saved_and_loaded(Norm()),
    "decomposition": lambda: lambda boxes: decompositions.gelu_backward(boxes, boxes),
}


@pytest.mark.parametrize("road", COMPILED)
def test_what_was_compiled_before_is_refused(road):
    compiled = COMPILED[road]()
    expected = compiled(BOXES)
    with pytest.raises(Refused), Guard(code=[area, Norm]) as guard:
        compiled(BOXES)
    assert guard.called
    assert compiled(BOXES).equal(expected)


@pytest.mark.parametrize("compile", [torch.jit.script, torch.compile])
def test_what_is_compiled_under_guard_is_refused(compile):
    guard = Guard(code=[ops.FrozenBatchNorm2d])
    norm = ops.FrozenBatchNorm2d(1)
    with pytest.raises(Refused, match="forward"), guard:
        compile(norm)(MAP)
    assert guard.called


@torch.compile
def own(x):
    return x + x


OWN = {
    "torch.compile": own,
    "torch.compile twice": torch.compile(own),
    "torch.compile under guard": lambda x: torch.compile(area)(x),
    "decorator under guard": lambda x: torch.compile(backend="eager")(area)(x),
    "torch.jit.script under guard": lambda x: torch.jit.script(area)(x),
}


@pytest.mark.parametrize("use", OWN)
def test_own_code_may_be_compiled(use):
    with Guard(code=[ops.box_area]) as guard:
        assert OWN[use](BOXES) is not None
    assert guard.called == []


def test_another_thread_goes_on_compiling(neighbour):
    def compile_and_run():
        graphs = []
        torch.compile(area, backend=lambda graph, inputs: graphs.append(graph) or graph)(BOXES)
        return len(graphs)

    torch._dynamo.reset()
    with Guard(code=[ops.box_area]) as guard:
        assert neighbour.do(compile_and_run) == 1
    assert guard.called == []

"""What a class exercise says where torchvision's weights do not fit the student's module."""

import pytest
import torch
from torch import nn

from rcnn_course.checks import examine
from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Case, Exercise
from rcnn_course.checks.engine.judge import judge
from rcnn_course.checks.engine.kept import marks
from rcnn_course.checks.engine.modules import run_with_weights
from rcnn_course.checks.engine.run import Expected, run_all_cases
from tests.answers import write

WEIGHTS = {"0.weight": torch.eye(2), "0.bias": torch.tensor([1.0, 2.0])}
POINT = torch.tensor([[3.0, 4.0]])


def message_of(module):
    with pytest.raises(Mismatch) as caught:
        run_with_weights(module, WEIGHTS, POINT)
    return str(caught.value)


def test_module_runs_with_the_weights():
    assert run_with_weights(nn.Sequential(nn.Linear(2, 2)), WEIGHTS, POINT).tolist() == [[4, 6]]


def test_gradients_flow_to_the_weights():
    weights = {name: weight.clone().requires_grad_() for name, weight in WEIGHTS.items()}
    run_with_weights(nn.Sequential(nn.Linear(2, 2)), weights, POINT).sum().backward()
    assert weights["0.weight"].grad.tolist() == [[3, 4], [3, 4]]
    assert weights["0.bias"].grad.tolist() == [1, 1]


def test_other_names_are_listed():
    message = message_of(nn.Linear(2, 2))
    assert "your module has no 0.weight, 0.bias and has weight, bias" in message
    message = message_of(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2)))
    assert "your module has 1.weight, 1.bias and 2 more, which torchvision has not." in message


def test_other_shape_is_named():
    message = message_of(nn.Sequential(nn.Linear(3, 2)))
    assert "0.weight has the shape [2, 3] in your module, expected [2, 2]" in message


def test_class_that_is_no_module_is_told_what_to_derive_from():
    assert "derive the class from nn.Module" in message_of(lambda x: x)


class Double(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.zeros(1))

    def forward(self, values):
        values["added"] = torch.zeros(1)
        return part(values["x"] * self.scale)


def part(values):
    return -values


def exercise(name="scale", lends=None):
    """Double x by a weight that is loaded."""

    def use(subject, weights, values):
        return run_with_weights(subject(), weights, values)

    def cases(*_):
        yield Case("a number", ({name: torch.tensor([2.0])}, {"x": torch.tensor([3.0])}))

    return Exercise("Double", nn.Identity, "", cases, lends=lends or {}, use=use)


def tried(exercise, expected, lend):
    answers = run_all_cases(exercise, Double, 0, lend=lend)
    return judge(exercise, expected, [answers]).tried


def test_weights_that_do_not_fit_are_a_problem_not_an_error():
    nothing = Expected(None, case=Case("a number"))
    (attempt,) = tried(exercise("other"), [nothing], lend=False)
    assert attempt.problem.startswith("torchvision's weights do not fit by name")


def test_entry_added_to_an_argument_is_described_and_methods_see_what_is_lent():
    borrowed = exercise(lends={"part": torch.abs})
    (case,) = borrowed.cases(0)
    expected = Expected(torch.tensor([6.0]), case=case, arguments=marks(case))
    (attempt,) = tried(borrowed, [expected], lend=True)
    assert "added entries to a list or dictionary" in attempt.problem
    assert part(1) == -1


COUNTING = """\
class TwoMLPHead(nn.Module):
    def __init__(self, in_channels, representation_size):
        super().__init__()
        self.fc6 = nn.Linear(in_channels, representation_size)
        self.fc7 = nn.Linear(representation_size, representation_size)
        self.kept = [1]

    def forward(self, x):
        {}
        return self.fc7(self.fc6(x.flatten(1)).relu()).relu()
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("self.kept.pop()", "a second time with the same, your module raises IndexError"),
        ("x = x * len(self.kept); self.kept.append(1)", "your module gives something else"),
    ],
)
def test_module_must_give_the_same_when_it_is_called_again(line, said):
    report = examine(write("07_box_head", "TwoMLPHead", COUNTING.format(line)))
    assert said in " ".join(report.message.split())


FROZEN = """\
class FrozenBatchNorm2d(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps, self.scale = eps, None
        for name, value in dict(weight=1.0, bias=0.0, running_mean=0.0, running_var=1.0).items():
            numbers = torch.full((num_features, 1, 1), value)[:, 0, 0]
            {registered}

    def forward(self, x):
        weight, bias, mean, var = (b[:, None, None] for b in self.state_dict().values())
        {used}
        return (x - mean) * scale + bias

    def _load_from_state_dict(self, state_dict, prefix, *args):
        state_dict.pop(prefix + "num_batches_tracked", None)
        super()._load_from_state_dict(state_dict, prefix, *args)
"""
BUFFER = "self.register_buffer(name, numbers)"
PARAMETER = "setattr(self, name, nn.Parameter(numbers, requires_grad={}))"
SCALE = "scale = weight * (var + self.eps).rsqrt()"
KEPT = (
    "scale = self.scale = weight * (var + self.eps).rsqrt() if self.scale is None else self.scale"
)


@pytest.mark.parametrize(
    ("registered", "used", "said"),
    [
        (BUFFER, SCALE, "visible checks passed"),
        (BUFFER, KEPT, "with other weights and another input before, your module gives something"),
        (PARAMETER.format(True), SCALE, "has the parameters weight, bias and 2 more"),
        (PARAMETER.format(False), SCALE, "has the parameters weight, bias and 2 more"),
    ],
)
def test_frozen_numbers_are_buffers_that_are_read_anew(registered, used, said):
    source = FROZEN.format(registered=registered, used=used)
    report = examine(write("02_backbone", "FrozenBatchNorm2d", source), locating=False)
    assert said in " ".join(report.message.split())


def test_weights_that_no_optimiser_would_train_are_named():
    module = nn.Sequential(nn.Linear(2, 2).requires_grad_(False))
    assert "would not train 0.weight, 0.bias of your module" in message_of(module)
    buffers = nn.Sequential(nn.Module())
    buffers[0].forward = lambda x: x
    for name, values in WEIGHTS.items():
        buffers[0].register_buffer(name.removeprefix("0."), values)
    assert "would not train 0.weight, 0.bias of your module" in message_of(buffers)


def test_module_that_cannot_be_copied_still_runs():
    module = nn.Sequential(nn.Linear(2, 2))
    module.numbers = (number for number in range(3))
    assert run_with_weights(module, WEIGHTS, POINT).tolist() == [[4, 6]]

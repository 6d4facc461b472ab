"""What a student sees of `check`: outcomes, messages, silence."""

import sys
import threading

import numpy
import pytest
import torch
import torchvision
from IPython.core.interactiveshell import InteractiveShell

from rcnn_course import CheckFailed, check, once_written
from rcnn_course.checks import NotAttempted, examine
from rcnn_course.widgets import NMSExplorer
from tests.answers import namespace, run, solutions, write

ASSIGNMENT = "06_roi_align"
SOLUTION = solutions(ASSIGNMENT)["roi_align"]
LOOPS_OF_BILINEAR = solutions(ASSIGNMENT)["bilinear_sample"]
SIGNATURE = "def bilinear_sample(input, y, x):\n    "


def bilinear(body):
    return write(ASSIGNMENT, "bilinear_sample", SIGNATURE + body)


def message_of(subject):
    report = examine(subject)
    assert report.outcome == "incorrect"
    return report.message


def test_correct_answer_prints_one_line_about_visible_checks(capsys):
    check(write(ASSIGNMENT, "roi_align", SOLUTION))
    out, err = capsys.readouterr()
    assert "visible checks passed" in out
    assert "all" not in out.split()
    assert "torchvision.ops.roi_align" in out
    assert err == ""


@pytest.mark.parametrize("stub", ["raise NotImplementedError()", "...", "return None", "pass"])
def test_stub_is_not_attempted(stub):
    with pytest.raises(NotAttempted, match="bilinear_sample is not attempted"):
        check(bilinear(stub))


UNFINISHED = {
    "a line before it": "result = 2 * input\n    raise NotImplementedError",
    "in a branch": "if y.ndim == 1: raise NotImplementedError\n    return input",
    "in a function inside": "def inner(): raise NotImplementedError\n    return inner()",
}


@pytest.mark.parametrize("body", UNFINISHED)
def test_stub_line_that_is_left_is_named(body):
    message = " ".join(message_of(bilinear(UNFINISHED[body])).split())
    assert "The line 'raise NotImplementedError' is still in your code" in message


NOT_OF_A_STUB = {
    "return torch.nn.Module()(input)": 'missing the required "forward" function',
    "return torch.distributions.Distribution().rsample()": "NotImplementedError",
    "raise NotImplementedError('rounding')": "NotImplementedError: rounding",
    "return helper(input)\ndef helper(x):\n    raise NotImplementedError": "helper, which is not",
}


@pytest.mark.parametrize("body", NOT_OF_A_STUB)
def test_other_error_of_the_same_type_is_no_stub(body):
    source = f"import torch\n{SIGNATURE}{body}"
    message = message_of(write(ASSIGNMENT, "bilinear_sample", source))
    assert NOT_OF_A_STUB[body] in " ".join(message.split())


HEAD = """from torch import nn
class RPNHead(nn.Module):
    def __init__(self, in_channels, num_anchors, conv_depth=1):
        {}
    def forward(self, x):
        raise NotImplementedError"""


@pytest.mark.parametrize(
    ("begun", "outcome"),
    [
        ("raise NotImplementedError", "not attempted"),
        ("super().__init__(); raise NotImplementedError", "not attempted"),
        ("super().__init__(); self.conv = nn.Conv2d(1, 1, 1); raise NotImplementedError", "inc"),
    ],
)
def test_class_is_not_attempted_while_nothing_is_written(begun, outcome):
    assert examine(write("05_rpn", "RPNHead", HEAD.format(begun))).outcome.startswith(outcome)


@pytest.mark.parametrize("decorator", ["functools.cache", "torch.no_grad()", "torch.compile"])
def test_decorated_stub_is_not_attempted(decorator):
    source = f"import functools, torch\n@{decorator}\n{SIGNATURE}raise NotImplementedError"
    assert examine(write(ASSIGNMENT, "bilinear_sample", source)).outcome == "not attempted"


SETTINGS = {
    "torch.set_default_dtype(torch.float64)": "torch.set_default_dtype(torch.float32)",
    "torch.set_default_device('meta')": "torch.set_default_device(None)",
    "torch.use_deterministic_algorithms(True)": "torch.use_deterministic_algorithms(False)",
    "torch.set_grad_enabled(False)": "torch.set_grad_enabled(True)",
    "torch.autograd.set_detect_anomaly(True)": "torch.autograd.set_detect_anomaly(False)",
    "torch.set_float32_matmul_precision('medium')": "torch.set_float32_matmul_precision('highest')",
    "torch.backends.mkldnn.enabled = False": "torch.backends.mkldnn.enabled = True",
    "numpy.seterr(all='raise')": "numpy.seterr(all='warn', under='ignore')",
    "sys.setrecursionlimit(300)": "sys.setrecursionlimit(1000)",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_of_a_notebook_change_no_verdict_and_stay(setting):
    names = {"torch": torch, "numpy": numpy, "sys": sys}
    subjects = [
        namespace("04_fpn")["FeaturePyramidNetwork"],
        write(ASSIGNMENT, "roi_align", SOLUTION),
        bilinear("return input[:, 0]"),
    ]
    dtype = torch.get_default_dtype()
    try:
        exec(setting, names)
        changed = torch.get_default_dtype(), torch.is_grad_enabled(), sys.getrecursionlimit()
        outcomes = [examine(subject).outcome for subject in subjects]
        assert changed == (
            torch.get_default_dtype(),
            torch.is_grad_enabled(),
            sys.getrecursionlimit(),
        )
    finally:
        exec(SETTINGS[setting], names)
    assert torch.get_default_dtype() == dtype
    assert outcomes == ["correct", "correct", "incorrect"]


def test_forgotten_return_is_asked_for():
    with pytest.raises(NotAttempted, match="is a return missing"):
        check(bilinear("result = input[:, 0, 0]"))


def test_answer_that_gives_up_in_a_later_case_is_incorrect():
    source = LOOPS_OF_BILINEAR.replace(
        "height, width = input.shape[1:]",
        "if y.ndim == 3: raise NotImplementedError\n    height, width = input.shape[1:]",
    )
    assert "NotImplementedError" in message_of(write(ASSIGNMENT, "bilinear_sample", source))


def test_error_is_shown_with_the_students_line():
    message = message_of(bilinear("return input.reshape(7, 7)"))
    assert "RuntimeError" in message
    assert "Your line: return input.reshape(7, 7)" in message
    assert "Case 1 of 11, eight points inside the map" in message


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return input.numpy()[:, 0]", "NumPy array"),
        ("return [1.0]", "expected a torch.Tensor"),
        ("return input[:1, 0]", "has the shape"),
        ("return input.double()[:, 0, :8]", "dtype torch.float64"),
        ("raise SystemExit", "SystemExit"),
        ("return bilinear_sample(input, y, x)", "RecursionError"),
    ],
)
def test_wrong_kind_of_result_is_described(body, message):
    assert message in message_of(bilinear(body))


DIFFERENT = {
    "return input[:1, 0]": ("The result", "[1, 9]", "[3, 8]"),
    "return [1.0]": ("The result", "a value of type list", "a torch.Tensor"),
    "return input.double()[:, 0, :8]": ("The result", "torch.float64", "torch.float32"),
    "return input[:, 0, :8] * 0 - 7": ("The result[0, 0]", "-7", None),
    "return input.reshape(7, 7)": ("", "", ""),
}


@pytest.mark.parametrize("body", DIFFERENT)
def test_report_says_as_data_which_case_fails_and_what_differs(body):
    report = examine(bilinear(body))
    place, found, expected = DIFFERENT[body]
    assert report.case == "eight points inside the map"
    assert (report.place, report.found) == (place, found)
    assert report.expected == expected or (expected is None and float(report.expected))
    assert report.mistake == ("unknown" if place else "raises:RuntimeError")


def test_change_of_an_argument_in_place_is_described():
    source = LOOPS_OF_BILINEAR.replace(
        "y, x = y.clamp(0, height - 1), x.clamp(0, width - 1)",
        "y.clamp_(0, height - 1); x.clamp_(0, width - 1)",
    )
    message = message_of(write(ASSIGNMENT, "bilinear_sample", source))
    assert "changed an argument in place" in " ".join(message.split())


@pytest.mark.parametrize("cut", [".detach()", ".data"])
def test_gradient_that_does_not_flow_is_described(cut):
    source = LOOPS_OF_BILINEAR.replace("input.permute", f"input{cut}.permute")
    message = message_of(write(ASSIGNMENT, "bilinear_sample", source))
    assert "no gradient flows back" in " ".join(message.split())


def test_wrong_gradient_is_described():
    source = LOOPS_OF_BILINEAR.replace(
        "return ", "input = 0.5 * (input - input.detach()) + input.detach()\n    return "
    ).replace("cells = input", "cells = (0.5 * input + 0.5 * input.detach())")
    message = message_of(write(ASSIGNMENT, "bilinear_sample", source))
    assert "The values are right, but the gradient differs" in " ".join(message.split())


def test_warnings_and_standard_error_stay_out_of_standard_error(capfd):
    source = SOLUTION.replace(
        "rois = rois_with_image_index(boxes)",
        "import sys, warnings; warnings.warn('old'); print('oops', file=sys.stderr)\n"
        "    rois = rois_with_image_index(boxes)",
    )
    check(write(ASSIGNMENT, "roi_align", source))
    out, err = capfd.readouterr()
    assert err == ""
    assert "Your code also said: oops" in out


def test_mistake_in_an_earlier_exercise_costs_only_that_one():
    names = namespace(ASSIGNMENT)
    run(SIGNATURE + "return 0 * input[:, :1, 0] * y", names)
    assert examine(names["bilinear_sample"]).outcome == "incorrect"
    assert examine(names["roi_align"]).outcome == "correct"
    assert names["bilinear_sample"].__name__ == "bilinear_sample"


def test_own_parts_with_another_signature_are_accepted():
    names = namespace(ASSIGNMENT)
    run(LOOPS_OF_BILINEAR.replace("(input, y, x)", "(y, x, input)"), names)
    run(
        SOLUTION.replace(
            "bilinear_sample(input[image], y, x)", "bilinear_sample(y, x, input[image])"
        ),
        names,
    )
    assert examine(names["roi_align"]).outcome == "correct"


def test_swallowing_the_refusal_does_not_help():
    source = SOLUTION.replace(
        "rois = rois_with_image_index(boxes)",
        "import torchvision\n"
        "    try: torchvision.ops.roi_align(input, boxes, output_size)\n"
        "    except Exception: pass\n"
        "    rois = rois_with_image_index(boxes)",
    )
    report = examine(write(ASSIGNMENT, "roi_align", source))
    assert report.mistake == "delegated"
    assert "asks you to build it" in report.message


def test_patched_reference_is_noticed(monkeypatch):
    def fake(*args, **kwargs):
        return torch.zeros(1)

    monkeypatch.setattr(torchvision.ops, "roi_align", fake)
    monkeypatch.setattr(sys.modules["torchvision.ops.poolers"], "roi_align", fake)
    monkeypatch.setattr(torch.ops.torchvision, "roi_align", fake)
    assert examine(write(ASSIGNMENT, "roi_align", SOLUTION)).outcome == "correct"
    other = write(ASSIGNMENT, "multiscale_roi_align", "def multiscale_roi_align(*a, **k): 1")
    assert examine(other).mistake == "changed_library"
    with pytest.raises(CheckFailed, match="has been changed in this kernel"):
        check(other)


def test_patched_comparison_is_noticed(monkeypatch):
    monkeypatch.setattr(torch, "isclose", lambda a, b, **_: torch.ones_like(a, dtype=torch.bool))
    with pytest.raises(CheckFailed, match="restart the kernel"):
        check(bilinear("return input[:, 0]"))


@pytest.mark.parametrize("value", [None, torch.ones(2), 3])
def test_check_of_a_result_asks_for_the_function(value):
    with pytest.raises(TypeError, match="without calling the function"):
        check(value)


def test_check_of_an_unknown_name_lists_the_exercises():
    def roi_aline():
        pass

    with pytest.raises(ValueError, match=r"no exercise is called 'roi_aline'.*roi_align"):
        check(roi_aline)


@pytest.mark.parametrize(
    "lines",
    [
        "wrap = lambda f: lambda *given: f(*given)\nbox_area = wrap(area)",
        "box_area = lambda boxes: area(boxes)",
        "import functools\nbox_area = functools.partial(area, scale=1)",
        "class Area:\n    __call__ = lambda self, boxes: area(boxes)\nbox_area = Area()",
        "box_area = area",
    ],
)
def test_function_without_its_own_name_is_found_by_that_in_the_notebook(lines, monkeypatch, capsys):
    answer = "def area(boxes, scale=1):\n    x1, y1, x2, y2 = boxes.unbind(1)\n"
    notebook = {"__name__": "__main__"}
    exec(f"{answer}    return scale * (x2 - x1) * (y2 - y1)\n{lines}", notebook)
    monkeypatch.setattr(sys.modules["__main__"], "box_area", notebook["box_area"], raising=False)
    check(notebook["box_area"])
    assert capsys.readouterr().out.startswith("box_area: visible checks passed.")


def test_message_is_shown_without_traceback():
    shell = InteractiveShell.instance()
    try:
        shell.user_ns["subject"] = bilinear("raise NotImplementedError()")
        result = shell.run_cell("from rcnn_course import check; check(subject)")
        lines = result.error_in_exec._render_traceback_()
    finally:
        InteractiveShell.clear_instance()
    assert lines == [
        "bilinear_sample is not attempted yet: write it in the cell above.",
        'More help: hint("bilinear_sample")',
    ]


def test_once_written_replaces_a_missing_part_by_one_line(capsys):
    stub = bilinear("raise NotImplementedError()")
    with once_written(stub):
        stub(None, None, None)
    assert capsys.readouterr().out == "This appears once bilinear_sample is written.\n"


def test_once_written_names_the_part_that_is_missing(capsys):
    names = namespace(ASSIGNMENT)
    run(SIGNATURE + "raise NotImplementedError", names)
    with once_written(names["roi_align"]):
        names["bilinear_sample"](None, None, None)
    out = capsys.readouterr().out
    assert out == "This appears once roi_align and bilinear_sample are written.\n"


def test_once_written_breaks_a_long_list_between_words(capsys):
    stub = bilinear("raise NotImplementedError()")
    with once_written(sum, max, min, sorted, reversed, enumerate, isinstance, issubclass, stub):
        stub(None, None, None)
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith(" isinstance,")
    assert second == "  issubclass and bilinear_sample are written."


def test_once_written_lists_three_parts_with_a_comma(capsys):
    stub = bilinear("raise NotImplementedError()")
    with once_written(sum, max, stub):
        stub(None, None, None)
    out = capsys.readouterr().out
    assert out == "This appears once sum, max and bilinear_sample are written.\n"


def test_once_written_shows_that_forward_is_misspelt():
    module = torch.nn.Module()
    with pytest.raises(NotImplementedError, match="forward"), once_written(bilinear):
        module(torch.ones(1))


def test_once_written_hides_no_other_error():
    with pytest.raises(ZeroDivisionError), once_written(bilinear):
        _ = 1 / 0


def test_another_thread_uses_the_students_own_part_while_the_library_lends_its_own(neighbour):
    names, own = namespace(ASSIGNMENT), []
    run(SIGNATURE + "return 'own'", names)
    run(SOLUTION.replace("rois = rois_with", "look()\n    rois = rois_with"), names)
    names["look"] = lambda: own.append(neighbour.do(lambda: names["bilinear_sample"](0, 0, 0)))
    assert examine(names["roi_align"]).outcome == "correct"
    assert set(own) == {"own"}


def test_two_threads_check_answers_of_one_notebook_at_once(neighbour):
    names = namespace(ASSIGNMENT)
    run(SIGNATURE + "return 0 * input[:, :1, 0] * y", names)
    run(SOLUTION, names)
    before = dict(names)
    neighbour.start(lambda: [examine(names["roi_align"]).outcome for _ in range(5)])
    assert {examine(names["roi_align"]).outcome for _ in range(5)} == {"correct"}
    assert set(neighbour.result()) == {"correct"}
    assert names == before


def test_text_of_another_thread_is_not_said_to_be_the_students(neighbour, capsys):
    names = namespace(ASSIGNMENT)
    names["look"] = lambda: neighbour.do(lambda: print("other", file=sys.stderr))
    run(SOLUTION.replace("rois = rois_with", "look()\n    rois = rois_with"), names)
    assert "also said" not in examine(names["roi_align"]).message
    assert "other" in capsys.readouterr().err


def test_random_numbers_of_other_threads_change_no_case_and_are_not_changed(neighbour):
    names = namespace("10_assemble")
    run(solutions("10_assemble")["wire_faster_rcnn"], names)
    stop = threading.Event()

    def draw_until_stopped():
        while not stop.is_set():
            torch.rand(1)

    state = torch.get_rng_state()
    assert examine(names["wire_faster_rcnn"]).outcome == "correct"
    assert torch.equal(torch.get_rng_state(), state)
    neighbour.start(draw_until_stopped)
    try:
        assert {examine(names["wire_faster_rcnn"]).outcome for _ in range(3)} == {"correct"}
    finally:
        stop.set()
    neighbour.result()


def test_check_may_be_made_inside_of_another_and_in_a_thread_of_it():
    names = namespace(ASSIGNMENT)
    inner = write("00_start_here", "box_area", solutions("00_start_here")["box_area"])
    outcomes = []

    def look():
        thread = threading.Thread(target=lambda: outcomes.append(examine(inner).outcome))
        thread.start()
        thread.join()
        outcomes.append(examine(inner).outcome)

    names["look"] = look
    run(SOLUTION.replace("rois = rois_with", "look()\n    rois = rois_with"), names)
    assert examine(names["roi_align"]).outcome == "correct"
    assert set(outcomes) == {"correct"}


def test_check_does_not_wait_for_an_explorer_whose_function_never_ends(neighbour):
    inside, stop = threading.Event(), threading.Event()

    def endless(boxes, scores, iou_threshold):
        if iou_threshold != 0.5:
            inside.set()
            stop.wait(120)
        return torchvision.ops.nms(boxes, scores, iou_threshold)

    explorer = NMSExplorer(endless)
    neighbour.start(lambda: setattr(explorer.iou_threshold, "value", 0.6))
    try:
        assert inside.wait(120)
        assert examine(write(ASSIGNMENT, "roi_align", SOLUTION)).outcome == "correct"
    finally:
        stop.set()
    neighbour.result()
    assert explorer.problem == ""

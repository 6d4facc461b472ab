"""`import rcnn_course` and the command line start without the heavy libraries."""

import subprocess
import sys
from importlib import metadata

import pytest

HEAVY = "{'torch', 'torchvision', 'matplotlib', 'numpy', 'IPython', 'ipywidgets', 'nbgrader'}"


def heavy_modules_after(code):
    code = f"import sys\n{code}\nprint(*sorted({HEAVY} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[-1].split()


@pytest.mark.parametrize(
    "code",
    [
        "import rcnn_course",
        "import rcnn_course.cli",
        "import rcnn_course.doctor",
        "import rcnn_course.grading",
        "import rcnn_course.reports",
        "from rcnn_course.cli.arguments import build_parser; build_parser().format_help()",
    ],
)
def test_import_is_light(code):
    assert heavy_modules_after(code) == []


def test_heavy_import_would_be_seen():
    assert heavy_modules_after("import numpy") == ["numpy"]


def test_names_of_the_package_are_found_on_first_use():
    assert heavy_modules_after("from rcnn_course import check; assert callable(check)") != []


def test_grading_reads_reports_without_torch():
    assert not {"torch", "torchvision"} & set(heavy_modules_after("import rcnn_course.grading.run"))


def test_picture_of_a_class_is_drawn_without_torch():
    drawing = "import rcnn_course.draw.base.figures, rcnn_course.draw.charts.tallies"
    assert {"torch", "torchvision"}.isdisjoint(heavy_modules_after(drawing))


def test_names_of_draw_are_found_on_first_use():
    assert "torch" in heavy_modules_after("from rcnn_course import draw; draw.draw_boxes")


def test_unknown_name_of_the_package_is_an_attribute_error():
    import rcnn_course

    with pytest.raises(AttributeError, match="module 'rcnn_course' has no attribute 'nms'"):
        rcnn_course.nms  # noqa: B018


def last_line_of(code):
    command = [sys.executable, "-c", f"import sys\n{code}", "--help"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()[-1]


def test_command_builds_no_grammar_of_web_addresses():
    command = "from rcnn_course.cli import main\ntry: main()\nexcept SystemExit: pass"
    modules = "print(bool(sys.modules.get('rfc3987_syntax')), 'nbformat' in sys.modules)"
    assert last_line_of(f"{command}\nimport nbformat\n{modules}") == "False True"


def test_package_switches_off_no_other():
    rooms = "import rcnn_course.cli, rcnn_course.authoring.course, rcnn_course.student.start"
    switched_off = "print([name for name, module in sys.modules.items() if module is None])"
    assert last_line_of(f"{rooms}\n{switched_off}") == "[]"


def test_command_hears_ctrl_c_soon_after_python_has_begun():
    slow = "{'importlib.metadata', 'email', 'zipfile'}"  # a tenth of a second before its first line
    assert last_line_of(f"import rcnn_course.cli\nprint({slow} & set(sys.modules))") == "set()"


def test_version_is_that_of_what_is_installed():
    import rcnn_course

    assert rcnn_course.__version__ == metadata.version("rcnn-course")

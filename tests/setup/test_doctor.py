"""The doctor, on machines where each of the things it looks at is missing."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from importlib import metadata
from pathlib import Path

import pytest

from rcnn_course import cli, doctor
from rcnn_course.grading.sandbox import cgroup
from tests.patience import PATIENCE

WEIGHTS = (
    "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth",
    "keypointrcnn_resnet50_fpn_coco-fc266e95.pth",
    "maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth",
)


def only(check):
    (finding,) = check()
    return finding


def levels(check):
    return [finding.level for finding in check()]


@pytest.fixture
def installed(monkeypatch):
    """Pretend that packages are installed in other versions; None stands for not at all."""
    versions = {}
    real = metadata.version

    def version(name):
        if versions.get(name, "") is None:
            raise metadata.PackageNotFoundError(name)
        return versions.get(name) or real(name)

    monkeypatch.setattr(metadata, "version", version)
    return versions


def test_python_of_this_machine_is_ok():
    assert levels(doctor.python) == ["ok"]


def test_old_python_is_a_problem(monkeypatch):
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.10.4")
    finding = only(doctor.python)
    assert finding.level == "problem"
    assert finding.message.startswith("3.10.4 is not one that the course runs on (>=3.11)")
    assert "https://www.python.org/downloads/" in finding.mend


def test_packages_of_this_machine_fit():
    assert "problem" not in levels(doctor.packages)


def test_missing_package_is_a_problem(installed):
    installed["nbgrader"] = None
    finding = only(doctor.packages)
    assert finding.level == "problem"
    assert finding.message == "nbgrader is not installed."
    assert finding.mend.endswith("-m pip install -c constraints.txt --editable .")


@pytest.mark.parametrize(("version", "is_there"), [("2.9.0+cpu", True), ("2.9.0", False)])
def test_pytorch_without_cuda_is_mended_by_one_without_cuda(installed, version, is_there):
    installed["torch"] = version
    assert (f"--extra-index-url {doctor.CPU_INDEX} " in doctor.reinstall_command()) == is_there


def test_package_out_of_range_is_a_problem(installed):
    installed["jupyterlab"] = "3.6.1"
    finding = only(doctor.packages)
    assert finding.level == "problem"
    assert finding.message == "jupyterlab<5,>=4.2 is needed, 3.6.1 is installed."


def test_untested_version_is_a_note(installed):
    installed["tqdm"] = "4.66.5"
    finding = only(doctor.packages)
    assert finding.level == "note"
    assert "tqdm 4.66.5 instead of" in finding.message


def test_untested_versions_are_not_looked_for_without_the_repository(
    installed, monkeypatch, tmp_path
):
    installed["tqdm"] = "4.66.5"
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    assert levels(doctor.packages) == ["ok"]


def test_tools_of_the_tests_are_not_asked_for(installed):
    installed["pytest"] = None
    assert "problem" not in levels(doctor.packages)


def test_torch_runs_and_weights_are_found_in_its_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cache = tmp_path / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    for name in WEIGHTS:
        (cache / name).touch()
    torch, weights = doctor.torch()
    assert torch.level == "ok"
    assert f"torch {metadata.version('torch')}".partition("+")[0] in torch.message
    assert weights.level == "ok"
    assert weights.message == f"all 3 files are in {cache}"


def test_missing_weights_are_a_note(monkeypatch, tmp_path):
    (tmp_path / WEIGHTS[0]).touch()
    answer = {"versions": "", "kept": [0, 2], "checkpoints": str(tmp_path), "weights": WEIGHTS}
    monkeypatch.setattr(doctor, "TORCH_PROBE", f"print('{json.dumps(answer)}')")
    torch, weights = doctor.torch()
    assert torch.level == "ok"
    assert weights.level == "note"
    assert weights.message == f"2 of 3 files are not in {tmp_path}."


def test_torch_of_another_pair_is_a_problem(installed):
    installed["torch"] = "2.5.0"
    finding = only(doctor.torch)
    assert finding.level == "problem"
    assert "needs torch" in finding.message
    assert finding.message.endswith("and torch is 2.5.0.")
    assert "--force-reinstall torch torchvision" in finding.mend


def test_torch_that_cannot_be_imported_is_a_problem(monkeypatch, tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('libtorch_cpu.so: not found')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    finding = only(doctor.torch)
    assert finding.level == "problem"
    assert finding.message.endswith("does not run: ImportError: libtorch_cpu.so: not found")


def test_torch_that_crashes_is_a_problem_of_its_own_process(monkeypatch, tmp_path):
    (tmp_path / "torch.py").write_text("import os; os._exit(77)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert only(doctor.torch).message.endswith("does not run: exit code 77")


def test_torch_that_does_not_answer_is_no_reason_to_install_it_again(monkeypatch):
    monkeypatch.setattr(doctor, "TORCH_PROBE", "import time; time.sleep(10**6)")
    monkeypatch.setattr(doctor, "TORCH_SECONDS", 0.1)
    finding = only(doctor.torch)
    assert "have not answered in 0.1 seconds" in finding.message
    assert "when less does" in finding.mend


def test_wrong_answer_of_nms_is_a_problem(monkeypatch):
    answer = json.dumps({"kept": [0, 1, 2]})
    monkeypatch.setattr(doctor, "TORCH_PROBE", f"print('''{answer}''')")
    assert "nms kept the boxes [0, 1, 2]" in only(doctor.torch).message


def test_jupyterlab_of_this_machine_is_ok():
    assert levels(doctor.jupyterlab) == ["ok"]


@pytest.fixture
def page_settings(monkeypatch, tmp_path):
    """Write which extensions JupyterLab disables."""

    def write(disabled):
        (tmp_path / "labconfig").mkdir()
        page = json.dumps({"disabledExtensions": disabled})
        (tmp_path / "labconfig" / "page_config.json").write_text(page)
        monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))

    return write


@pytest.mark.parametrize(
    ("extension", "message"),
    [
        ("@jupyter/nbgrader:validate-assignment", "nbgrader's Validate button is switched off."),
        ("@jupyter/nbgrader", "nbgrader's Validate button is switched off."),
        (
            "@jupyter-widgets/jupyterlab-manager",
            "ipywidgets, which the sliders need, is switched off.",
        ),
        ("anywidget", "anywidget, which explorers need, is switched off."),
    ],
)
def test_disabled_extension_is_a_problem(page_settings, extension, message):
    page_settings({extension: True})
    finding = only(doctor.jupyterlab)
    assert finding.level == "problem"
    assert finding.message == message
    assert "jupyter labextension enable " in finding.mend


def test_extension_that_was_enabled_again_is_ok(page_settings):
    page_settings({"@jupyter/nbgrader": False, "@jupyter/nbgrader:formgrader": True})
    assert levels(doctor.jupyterlab) == ["ok"]


def test_missing_extensions_are_problems(monkeypatch):
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *parts: [])
    validate, sliders, explorers = doctor.jupyterlab()
    assert validate.message == "nbgrader's Validate button is not installed."
    assert "ipywidgets" in sliders.message
    assert "anywidget" in explorers.message


def test_disabled_server_extension_is_a_problem(monkeypatch, tmp_path):
    settings = {"ServerApp": {"jpserver_extensions": {doctor.VALIDATE_SERVER: False}}}
    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(settings))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    finding = only(doctor.jupyterlab)
    assert finding.level == "problem"
    assert f"jupyter server extension enable {doctor.VALIDATE_SERVER}" in finding.mend


def test_kernel_of_this_machine_is_ok():
    assert levels(doctor.kernel) == ["ok"]


def test_kernel_of_another_python_is_a_problem(monkeypatch, tmp_path):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    other = str(tmp_path / "python")
    spec = {"argv": [other, "-m", "ipykernel"], "display_name": "Python 3", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    finding = only(doctor.kernel)
    assert finding.level == "problem"
    assert f"notebooks would run in {other}" in finding.message
    assert str(folder) in finding.mend


@pytest.mark.parametrize(("cores", "gigabytes"), [(1, 16), (4, 2)])
def test_small_machine_is_a_note(monkeypatch, cores, gigabytes):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    memory = namedtuple("Memory", "total")(gigabytes * 2**30)
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    finding = only(doctor.machine)
    assert finding.level == "note"
    assert finding.message == f"cores: {cores}, memory: {gigabytes}.0 GB"


def test_course_folder_is_the_one_of_the_repository():
    finding = only(doctor.course_folder)
    assert finding.level == "ok"
    assert str(doctor.ROOT / "course") in finding.message


def test_read_only_course_folder_is_a_problem(monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    finding = only(doctor.course_folder)
    assert finding.level == "problem"
    assert finding.message.endswith("(Permission denied).")
    assert "Copy the whole repository" in finding.mend


def test_full_disk_is_a_note(monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=2**28)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage)
    finding = only(doctor.course_folder)
    assert finding.level == "note"
    assert finding.message.startswith("0.2 GB are left")


def test_network_is_ok_where_the_server_answers(monkeypatch):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(doctor, "WEIGHTS_URL", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setattr(doctor, "NETWORK_SECONDS", PATIENCE)
        finding = only(doctor.network)
        server.shutdown()
    assert finding.level == "ok"


def test_no_network_is_a_note(monkeypatch):
    monkeypatch.setattr(doctor, "WEIGHTS_URL", "http://127.0.0.1:9/")
    finding = only(doctor.network)
    assert finding.level == "note"
    assert "Connection refused" in finding.message
    assert "every notebook also runs without a network" in finding.mend


@pytest.mark.requires("bubblewrap")
@pytest.mark.parametrize(
    ("group", "said"), [(None, "counted"), (Path("/"), "limited by a control group")]
)
def test_sandbox_works_here_and_how_memory_is_limited_is_said(monkeypatch, group, said):
    monkeypatch.setattr(cgroup, "parent_of_groups", lambda: group)
    finding = only(doctor.sandbox)
    assert finding.level == "ok"
    assert finding.message.endswith(f"; their memory is {said}")


def test_missing_sandbox_is_a_note(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    finding = only(doctor.sandbox)
    assert finding.level == "note"
    assert "sudo apt install bubblewrap" in finding.mend


def test_sandbox_that_may_not_start_is_a_note(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    finding = only(doctor.sandbox)
    assert finding.level == "note"
    assert "does not work: bwrap: No permissions" in finding.message


def test_sandbox_of_another_system_is_a_note(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert only(doctor.sandbox).message == "submissions can be graded in a sandbox on Linux only."


def test_check_that_breaks_is_a_problem_and_the_others_go_on():
    def broken():
        raise RuntimeError("no such sensor")

    found = doctor.examine([broken, doctor.machine])
    assert [finding.subject for finding in found] == ["broken", "machine"]
    assert found[0].level == "problem"
    assert found[0].message == "this could not be looked at: RuntimeError: no such sensor"


def test_report_of_nothing_is_empty():
    assert doctor.report([]) == ""


def test_report_has_the_way_to_mend_below_the_finding():
    finding = doctor.Finding("problem", "disk", "it is full.", "Make room.")
    first, second = doctor.report([finding]).splitlines()
    assert first.split() == ["problem", "disk", "it", "is", "full."]
    assert second.strip() == "Make room."
    assert second.index("Make") == first.index("it is")


@pytest.mark.parametrize(("level", "code"), [("ok", 0), ("note", 0), ("problem", 1)])
def test_only_a_problem_gives_exit_code_1(monkeypatch, level, code):
    monkeypatch.setattr(doctor, "examine", lambda: [doctor.Finding(level, "this", "that")])
    assert cli.main(["doctor"]) == code


def test_whole_doctor_runs_where_torch_is_broken(tmp_path):
    (tmp_path / "torch.py").write_text("raise ImportError('DLL load failed')")
    refused = "http://127.0.0.1:9"
    run = subprocess.run(
        [sys.executable, "-m", "rcnn_course.cli", "doctor"],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "https_proxy": refused},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr == ""
    problems = [line for line in run.stdout.splitlines() if line.startswith("problem")]
    assert len(problems) == 1
    assert "DLL load failed" in problems[0]

"""`python -m benchmarks` gathers what the scripts print, and fails where one fails."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FAST = """print("warming up")\nprint('{"name": "fast", "value": 2, "unit": "ms", "at_most": 3}')"""


@pytest.fixture
def bench(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    for file in BENCHMARKS.glob("_*.py"):
        shutil.copy(file, folder)

    def run(*words, **scripts):
        for name, code in scripts.items():
            (folder / f"{name}.py").write_text(code)
        return subprocess.run(
            [sys.executable, "-m", "benchmarks", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def rows(run):
    return [line.split() for line in run.stdout.splitlines()[1:]]


def test_no_benchmark_is_an_empty_table(bench):
    run = bench()
    assert run.returncode == 0, run.stderr
    assert rows(run) == []


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_runs_nothing(bench, flag):
    run = bench(flag, fast=FAST)
    assert run.returncode == 0
    assert "python -m benchmarks [WORD]" in run.stdout
    assert "fast" not in run.stdout


def test_word_in_no_name_is_told_the_names(bench):
    run = bench("fats", fast=FAST)
    assert run.returncode == 2
    assert run.stderr == "no benchmark is called 'fats'; there are fast\n"


def test_each_script_is_a_row(bench):
    run = bench(b_fast=FAST, a_free='print(\'{"name": "free", "value": 7.5, "unit": "s"}\')')
    assert run.returncode == 0, run.stderr
    assert rows(run) == [
        ["a_free", "free", "7.5", "s"],
        ["b_fast", "fast", "2", "ms", "3", "ok"],
    ]


def test_value_above_its_limit_fails(bench):
    run = bench(slow=FAST.replace('"value": 2', '"value": 3.5'))
    assert run.returncode == 1
    assert rows(run)[0][-2:] == ["TOO", "HIGH"]


@pytest.mark.parametrize(("value", "status"), [(6, 0), (5.9, 1)])
def test_value_below_what_is_wanted_fails(bench, value, status):
    row = {"name": "throughput", "value": value, "unit": "x", "at_least": 6}
    run = bench(grading=f"print({json.dumps(json.dumps(row))})")
    assert run.returncode == status
    words = ["grading", "throughput", str(value), "x", "6"]
    assert rows(run) == [[*words, "ok"] if status == 0 else [*words, "TOO", "LOW"]]


@pytest.mark.parametrize("code", ["raise OSError('no images')", "print('OSError: no images')"])
def test_script_that_fails_is_named_and_the_others_run(bench, code):
    run = bench(broken=code, fast=FAST)
    assert run.returncode == 1
    assert "broken" in run.stdout
    assert "OSError: no images" in run.stdout
    assert rows(run)[-1][0] == "fast"


def test_script_may_print_several_rows_and_keeps_them_where_it_fails_later(bench):
    run = bench(both=f"{FAST}\n{FAST.replace('fast', 'second')}\nraise OSError('no more')")
    assert run.returncode == 1
    assert [row[1] for row in rows(run)] == ["fast", "second", "failed:"]


def test_word_chooses_scripts(bench):
    run = bench("fa", broken="raise OSError", fast=FAST)
    assert run.returncode == 0
    assert [row[0] for row in rows(run)] == ["fast"]


def test_results_are_kept_and_a_partial_run_replaces_its_own_alone(bench, tmp_path):
    def kept():
        return json.loads((tmp_path / "benchmarks/results.json").read_text("utf-8"))

    bench(fast=FAST, slow=FAST.replace('"value": 2', '"value": 3.5'), gone=FAST)
    first = kept()
    (tmp_path / "benchmarks/gone.py").unlink()
    bench("fast", fast=FAST.replace('"value": 2', '"value": 1'))
    second = kept()
    assert set(second) == {"fast", "slow"}
    assert second["slow"] == first["slow"]
    assert second["fast"]["rows"][0] == {
        "name": "fast", "value": 1, "unit": "ms", "at_most": 3, "verdict": "ok"
    }  # fmt: skip
    assert set(second["fast"]["versions"]) == {"python", "torch", "torchvision", "nbgrader"}
    page = (tmp_path / "benchmarks/results.md").read_text("utf-8")
    assert "| fast | fast | 1 ms | at most 3 | ok |" in page
    assert "| slow | fast | 3.5 ms | at most 3 | TOO HIGH |" in page
    assert f"| fast | {second['fast']['date']} |" in page


def test_failure_is_kept_in_place_of_the_former_figure(bench, tmp_path):
    bench(fast=FAST)
    bench(fast="raise OSError('no images')")
    page = (tmp_path / "benchmarks/results.md").read_text("utf-8")
    assert "| fast | failed: OSError: no images |  |  | FAILED |" in page
    assert "2 ms" not in page

"""`python -m benchmarks` gathers what the scripts print, and fails where one fails."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[2] / "benchmarks" / "__main__.py"
FAST = """print("warming up")\nprint('{"name": "fast", "value": 2, "unit": "ms", "at_most": 3}')"""


@pytest.fixture
def bench(tmp_path):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    shutil.copy(RUNNER, folder)

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

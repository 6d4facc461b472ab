"""What holds for one call reaches the threads that it starts, and no other."""

import contextlib
import io
import os
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from rcnn_course import threads
from tests.patience import PATIENCE


def speak(text):
    print(text)
    print(text, file=sys.stderr)
    with warnings.catch_warnings():  # as careful libraries do, at any time
        warnings.simplefilter("always")
    warnings.warn(text, stacklevel=2)


def everything():
    return threads.collected("stdout", "stderr", "warnings")


def in_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def in_pool(function):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(function).result()


ROADS = [lambda function: function(), in_thread, in_pool, lambda f: in_thread(lambda: in_thread(f))]


@pytest.mark.parametrize("road", ROADS)
def test_text_of_a_call_and_of_its_threads_is_collected(road, capsys):
    with everything() as text:
        road(lambda: speak("mine"))
    assert text.getvalue() == "mine\nmine\nUserWarning: mine\n"
    assert capsys.readouterr() == ("", "")


def test_what_is_not_asked_for_is_not_collected(capsys):
    with threads.collected("stderr") as text, pytest.warns(UserWarning, match="mine"):
        speak("mine")
    assert text.getvalue() == "mine\n"
    assert capsys.readouterr() == ("mine\n", "")


def trace():
    """Write as a library in C does, which knows nothing of Python's streams."""
    os.write(2, b"frame #0")


def test_words_of_libraries_are_dropped_until_all_have_ended(neighbour, capfd):
    first, second = contextlib.ExitStack(), contextlib.ExitStack()
    first.enter_context(everything())
    neighbour.do(lambda: second.enter_context(everything()))
    trace()
    first.close()
    neighbour.do(trace)
    neighbour.do(second.close)
    assert capfd.readouterr().err == ""
    trace()
    assert capfd.readouterr().err == "frame #0"


def test_nothing_is_dropped_where_other_threads_write_to_the_same_file():
    code = """if True:
        import os
        from rcnn_course import threads
        with threads.collected("stderr"):
            os.write(2, b"somebody else's")
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == "somebody else's"


def test_closed_standard_error_is_no_hindrance():
    code = """if True:
        import os, sys
        from rcnn_course import threads
        os.close(2)
        sys.stderr = None
        with threads.collected("stderr"):
            print("mine", file=sys.stderr)
    """
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_notebook_shows_no_trace_of_an_operator(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # with it, ipykernel does not read descriptors
    code = """if True:
        import torch
        from torchvision import ops
        from rcnn_course import threads
        with threads.collected("stderr"):
            try:
                ops.roi_align(torch.rand(3, 8, 8), torch.rand(1, 5), 2)
            except RuntimeError:
                pass
    """
    notebook = new_notebook(cells=[new_code_cell(code)])
    NotebookClient(notebook, timeout=PATIENCE).execute()
    assert notebook.cells[0].outputs == []


def test_a_warning_is_told_once_and_again_the_next_time():
    for _ in range(2):
        with threads.collected("warnings") as text:
            for _ in range(3):
                warnings.warn("again", stacklevel=1)
        assert text.getvalue() == "UserWarning: again\n"


def test_a_deprecation_is_told_unless_a_library_meets_it_in_its_own_code():
    with threads.collected("warnings") as text:
        for file in ("notebook.py", pytest.__file__):
            warnings.warn_explicit(f"old, in {Path(file).name}", DeprecationWarning, file, 1)
            warnings.warn_explicit(f"odd, in {Path(file).name}", UserWarning, file, 1)
    assert text.getvalue().splitlines() == [
        "DeprecationWarning: old, in notebook.py",
        "UserWarning: odd, in notebook.py",
        "UserWarning: odd, in __init__.py",
    ]


def test_text_of_another_thread_goes_where_it_always_goes(neighbour, capsys):
    def speak_aloud():
        with pytest.warns(UserWarning, match="other"):
            speak("other")

    with everything() as text:
        neighbour.do(speak_aloud)
        speak("mine")
    assert "other" not in text.getvalue()
    assert capsys.readouterr() == ("other\n", "other\n")


def test_warnings_of_another_thread_keep_their_filters(neighbour):
    with everything():
        with pytest.raises(UserWarning, match="an error, as these tests have it"):
            neighbour.do(lambda: warnings.warn("an error, as these tests have it", stacklevel=1))
        warnings.warn("mine", stacklevel=1)


@pytest.mark.parametrize("first", [0, 1])
def test_two_threads_collect_at_once_and_end_in_any_order(first, neighbour, capsys):
    before = sys.stdout, sys.stderr, warnings.showwarning
    mine, other = contextlib.ExitStack(), contextlib.ExitStack()
    texts = [mine.enter_context(everything())]
    texts.append(neighbour.do(lambda: other.enter_context(everything())))
    ends = [mine.close, lambda: neighbour.do(other.close)]
    speak("mine")
    neighbour.do(lambda: speak("other"))
    ends[first]()
    last = [lambda: neighbour.do(lambda: speak("later")), lambda: speak("later")][first]
    last()
    ends[1 - first]()
    assert [set(text.getvalue().split()) - {"UserWarning:"} for text in texts] == [
        {"mine", "later"} if first == 1 else {"mine"},
        {"other", "later"} if first == 0 else {"other"},
    ]
    assert before == (sys.stdout, sys.stderr, warnings.showwarning)
    assert capsys.readouterr() == ("", "")


def test_redirection_of_another_thread_may_begin_and_end_at_any_time(neighbour):
    before = sys.stdout
    others, redirected = contextlib.ExitStack(), io.StringIO()
    with threads.collected("stdout") as text:
        neighbour.do(lambda: others.enter_context(contextlib.redirect_stdout(redirected)))
        neighbour.do(lambda: print("other"))
    neighbour.do(others.close)
    assert redirected.getvalue() == "other\n"
    print("later", file=sys.stdout)
    assert text.getvalue() == ""
    sys.stdout = before


def test_thread_that_outlives_its_call_is_heard_again(capsys):
    go = threading.Event()

    def work():
        go.wait(120)
        print("later")

    with threads.collected("stdout") as text:
        thread = threading.Thread(target=work)
        thread.start()
    go.set()
    thread.join()
    assert text.getvalue() == ""
    assert capsys.readouterr().out == "later\n"


def test_streams_stay_usable_as_streams():
    with threads.collected("stdout"):
        sys.stdout.write("a")
        sys.stdout.flush()
        assert sys.stdout.writable()


def test_worker_of_a_pool_holds_what_holds_where_its_task_comes_from(neighbour):
    with ThreadPoolExecutor(1) as pool:
        with threads.holding("key", "mine"):
            assert pool.submit(threads.held, "key").result() == "mine"
            assert neighbour.do(lambda: pool.submit(threads.held, "key").result()) is None
        assert pool.submit(threads.held, "key").result() is None


def test_value_is_gone_after_an_error():
    with pytest.raises(KeyboardInterrupt), threads.holding("key", 1):
        raise KeyboardInterrupt
    assert threads.held("key") is None


def replacement(namespace, holder):
    here = lambda: threads.held(holder, False)  # noqa: E731
    stack = contextlib.ExitStack()
    stack.enter_context(threads.holding(holder, True))
    stack.enter_context(threads.replaced(namespace, "part", lambda: holder, here=here))
    return stack


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("names", [{"part": str}, {}])
def test_replacements_of_two_threads_end_in_any_order(names, first, neighbour):
    before = dict(names)
    mine = replacement(names, "mine")
    other = neighbour.do(lambda: replacement(names, "other"))
    assert (names["part"](), neighbour.do(lambda: names["part"]())) == ("mine", "other")
    ends = [mine.close, lambda: neighbour.do(other.close)]
    ends[first]()
    left = [lambda: neighbour.do(lambda: names["part"]()), lambda: names["part"]()][first]
    assert left() == ["other", "mine"][first]
    ends[1 - first]()
    assert names == before


def test_other_threads_find_what_was_there_or_that_nothing_was(neighbour):
    names = {"part": str.upper}
    with replacement(names, "mine"), replacement({}, "mine"):
        assert neighbour.do(lambda: names["part"]("a")) == "A"
        assert neighbour.do(lambda: names["part"].__name__) == "upper"
    names = {}
    with replacement(names, "mine"), pytest.raises(NameError, match="'part' is not defined"):
        neighbour.do(lambda: names["part"]())


def test_name_that_is_given_another_value_meanwhile_keeps_it():
    names = {"part": str}
    with replacement(names, "mine"):
        names["part"] = int
    assert names == {"part": int}

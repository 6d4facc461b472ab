"""What a prompt or a caption says about a picture is so, by the picture's own numbers."""

import pytest

from rcnn_course.authoring.course import assignments
from tests.claims import ROOT, claims, play, text

NOTEBOOKS = [name for name in assignments(ROOT) if (ROOT / f"tests/claims/n{name}.py").exists()]
CLAIMS = [
    pytest.param(name, test, marks=pytest.mark.xdist_group(f"claims of {name}"), id=test.__name__)
    for name in NOTEBOOKS
    for test in claims(name)
]


@pytest.fixture(scope="module")
def play_once(tmp_path_factory):
    """Play a notebook, or return what came of it the last time."""
    played = {}

    def once(name):
        if name not in played:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("TORCH_HOME", str(tmp_path_factory.mktemp("torch")))
                played.clear()
                played[name] = play(name)
        return played[name]

    return once


@pytest.mark.parametrize(("name", "test"), CLAIMS)
def test_words_stand_in_the_notebook_and_are_so(name, test, play_once):
    assert test.words in text(name), "the words have changed: do they still say what is tested?"
    test(play_once(name))

"""What README, CONTRIBUTING and docs/ tell people to do exists."""

import re
from pathlib import Path

import nbclient.client
import pytest

from rcnn_course.cli.arguments import COMMANDS, build_parser

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TARGETS = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1)
FOLDERS = (ROOT / "rcnn_course", ROOT / "scripts")
CODE = [ROOT / "Makefile", *(path for folder in FOLDERS for path in folder.rglob("*.py"))]
CODE.append(Path(nbclient.client.__file__))


@pytest.fixture
def subcommands(capsys):
    """The commands that argparse names where it is given another one."""
    with pytest.raises(SystemExit):
        build_parser().parse_args(["no-such-command"])
    choices = re.search(r"choose from (.*)\)", capsys.readouterr().err).group(1)
    return re.findall(r"[a-z]+", choices)


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.name)
def text(request):
    return request.param.read_text(encoding="utf-8")


def test_links_inside_the_repository_lead_somewhere(request, text):
    document = request.node.callspec.params["text"]
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert (document.parent / target).exists(), target


def test_make_commands_exist(text):
    for target in re.findall(r"(?:`|^    )make ([a-z]+)", text, re.MULTILINE):
        assert target in TARGETS.split(), target


def test_programs_of_scripts_exist(text):
    for module in re.findall(r"python -m (scripts[.\w]+)", text):
        assert Path(ROOT, *module.split(".")).with_suffix(".py").exists(), module


def test_rcnn_course_commands_exist(text, subcommands):
    for command in re.findall(r"(?:`|^    |^\$ )rcnn-course ([a-z]+)", text, re.MULTILINE):
        assert command in subcommands, command


def test_help_lists_every_command_once(subcommands):
    assert sorted(re.findall(r"^  ([a-z]+)  ", COMMANDS, re.MULTILINE)) == sorted(subcommands)


def test_messages_in_the_table_of_problems_are_those_of_the_code():
    problems = (ROOT / "docs" / "problems.md").read_text("utf-8")
    table = re.search(r"^\| message .*?^$", problems, re.MULTILINE | re.DOTALL)
    code = "\n".join(path.read_text(encoding="utf-8") for path in CODE)
    code = re.sub(r'"\s*f?"|\$\(PYTHON\)', "", code)  # texts that go on in the next line
    messages = re.findall(r"^\| `(.*?)`", table[0], re.MULTILINE)
    assert len(messages) > 10
    for message in messages:
        for part in re.split(" ?'?…'? ?", message):
            assert part in code, message

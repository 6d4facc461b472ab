"""Random edits of a right submission: what students, editors, platforms and disks do to a notebook.

Those in `INNOCENT` leave every answer as it was; those in `ODD` make of a notebook whatever comes.
"""

import gzip
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from typing import Any

Notebook = dict[str, Any]
Files = dict[str, bytes]

SCRATCH = [
    "x = 1",
    "add(1, 2)",
    "%timeit multiply(2, 3)",
    "print('hello there')",
    "",
    "?add",
    "1 +",
]
NAMES = [
    *("toy-Copy1.ipynb", "toy (1).ipynb", "toy-1.ipynb", "toy_late.ipynb", "final.ipynb"),
    *("student_12345_toy.ipynb", "Toy.ipynb", "work/toy.ipynb", "toy.ipynb.txt", "тест.ipynb"),
    *(".ipynb_checkpoints/toy-checkpoint.ipynb", "toy\n2.ipynb", "CON.ipynb", "toy..ipynb"),
]
METADATA = [
    {"collapsed": True, "scrolled": "auto", "tags": None},
    {"id": "aBcDeF", "colab": {"base_uri": "https://localhost/"}, "outputId": "1"},
    {"vscode": {"languageId": "python"}, "pycharm": {"name": "#%%\n"}},
    {"tags": ["skip-execution", 3], "jupyter": {"source_hidden": True}},
    {"_uuid": "8f2839f", "_kg_hide-input": True, "trusted": True, "slideshow": "?"},
    {"application/vnd.databricks.v1+cell": {"title": "", "nuid": "5"}, "deepnote": None},
]


def name_of(cell: dict) -> str:
    """Return the name under which nbgrader knows a submitted cell, or ''."""
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def text_of(cell: dict) -> str:
    """Return the text of a submitted cell."""
    return "".join(cell["source"])


def new(kind: str, source: str) -> dict[str, Any]:
    """Return a cell as an editor writes it."""
    cell = {"cell_type": kind, "metadata": {}, "source": source}
    return cell | {"outputs": [], "execution_count": None} if kind == "code" else cell


class Edits:
    """Edits of a notebook's cells that leave its answers as they are.

    Args:
        stubs: the text of each exercise as students get it.
    """

    def __init__(self, rng: random.Random, stubs: dict[str, str]):
        self.rng = rng
        self.stubs = stubs

    def apply(self, notebook: Notebook) -> str:
        """Edit a notebook in a random way; return the name of what was done."""
        names = [name for name in vars(Edits) if name.startswith("do_")]
        name = self.rng.choice(names)
        getattr(self, name)(notebook["cells"])
        return name

    def _any(self, cells: list[dict]) -> int:
        return self.rng.randrange(len(cells))

    def _setup(self, cells: list[dict]) -> int:
        """Return the place of the cell that every check needs."""
        return max(n for n, cell in enumerate(cells) if "class CheckFailed" in text_of(cell))

    def _is_answer(self, cell: dict) -> bool:
        return any(f"def {name}" in text_of(cell) for name in self.stubs) or "reason" in text_of(
            cell
        )

    def do_copy(self, cells: list[dict]) -> None:
        place = self._any(cells)
        cells.insert(place + 1, deepcopy(cells[place]))

    def do_paste_plain(self, cells: list[dict]) -> None:
        place = self._any(cells)
        cells.insert(place + 1, deepcopy(cells[place]) | {"metadata": {}, "id": "pasted"})

    def do_delete_what_is_no_answer(self, cells: list[dict]) -> None:
        place = self._any(cells)
        if name_of(cells[place]).startswith("check") and not self._is_answer(cells[place]):
            del cells[place]

    def do_move_a_check(self, cells: list[dict]) -> None:
        checks = [cell for cell in cells if name_of(cell).startswith("check")]
        if checks:
            check = self.rng.choice(checks)
            cells.remove(check)
            cells.insert(self.rng.randrange(self._setup(cells) + 1, len(cells) + 1), check)

    def do_move_an_answer(self, cells: list[dict]) -> None:
        answers = [cell for cell in cells if self._is_answer(cell)]
        answer = self.rng.choice(answers)
        if answer is not cells[self._setup(cells)]:
            cells.remove(answer)
            cells.insert(self.rng.randrange(self._setup(cells) + 1, len(cells) + 1), answer)

    def do_answer_in_a_new_cell(self, cells: list[dict]) -> None:
        """Write it anywhere, and leave the stub as it was."""
        answered = [cell for cell in cells if name_of(cell) in self.stubs and self._is_answer(cell)]
        if answered:
            own = self.rng.choice(answered)
            cells.insert(self.rng.randrange(len(cells) + 1), new("code", text_of(own)))
            own["source"] = self.stubs[name_of(own)]

    def do_paste_a_stub(self, cells: list[dict]) -> None:
        stub = self.rng.choice(list(self.stubs.values()))
        cells.insert(self._any(cells), new("code", stub))

    def do_merge(self, cells: list[dict]) -> None:
        """Join two cells of one kind; the mark of the first stays."""
        pairs = [
            place
            for place, (one, other) in enumerate(pairwise(cells))
            if one["cell_type"] == other["cell_type"] == "code"
            and not any(text_of(cell).startswith(("%", "?", "1 +")) for cell in (one, other))
            and not ("check(" in text_of(one) and self._is_answer(other))
        ]
        if pairs:
            place = self.rng.choice(pairs)
            other = cells.pop(place + 1)
            cells[place]["source"] = f"{text_of(cells[place])}\n\n{text_of(other)}"

    def do_split(self, cells: list[dict]) -> None:
        """Cut a cell where an empty line stands between two definitions; both keep the mark."""
        place = self._any(cells)
        above, cut, below = text_of(cells[place]).partition("\n\n\n")
        if cut:
            cells.insert(place + 1, deepcopy(cells[place]) | {"source": below})
            cells[place]["source"] = above

    def do_change_kind(self, cells: list[dict]) -> None:
        marked = [cell for cell in cells if name_of(cell)]
        if marked:
            self.rng.choice(marked)["cell_type"] = self.rng.choice(["markdown", "raw", "code"])

    def do_lose_marks(self, cells: list[dict]) -> None:
        share = self.rng.choice([0.1, 0.5, 1])
        for cell in cells:
            if self.rng.random() < share:
                cell["metadata"] = self.rng.choice([{}, {"nbgrader": None}, {"nbgrader": []}])
                cell["metadata"] = {}

    def do_lose_ids(self, cells: list[dict]) -> None:
        for cell in cells:
            cell["id"] = self.rng.choice(["same", "", "x" * 200, "not valid!", None, 3, []])

    def do_scribble(self, cells: list[dict]) -> None:
        kind = self.rng.choice(["code", "code", "markdown", "raw"])
        cells.insert(self.rng.randrange(len(cells) + 1), new(kind, self.rng.choice(SCRATCH)))

    def do_edit_a_check(self, cells: list[dict]) -> None:
        checks = [cell for cell in cells if name_of(cell).startswith("check")]
        if checks:
            self.rng.choice(checks)["source"] += self.rng.choice(["\n\n", "  # mine", "\nprint(1)"])

    def do_add_metadata(self, cells: list[dict]) -> None:
        for cell in cells:
            if self.rng.random() < 0.5:
                cell["metadata"] |= self.rng.choice(METADATA)

    def do_run(self, cells: list[dict]) -> None:
        """Leave the traces of a run, or of several in any order."""
        for cell in cells:
            cell["execution_count"] = self.rng.choice([None, 1, 7, self.rng.randrange(50), "x"])
            cell["outputs"] = self.rng.choice(
                [[], None, "?", [None], [{"output_type": "error"}], [{"text": "x" * 1000}]]
            )

    def do_raise_points(self, cells: list[dict]) -> None:
        for cell in cells:
            if name_of(cell):
                settings = {"points": 99, "locked": False, "grade": True, "checksum": 1}
                key = self.rng.choice(list(settings))
                cell["metadata"]["nbgrader"][key] = settings[key]

    def do_keep_text_as_lines(self, cells: list[dict]) -> None:
        for cell in cells:
            ends = self.rng.choice(["\n", "\r\n", "\r"])
            cell["source"] = [line + ends for line in text_of(cell).split("\n")]


def _zip(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/work/._toy.ipynb", b"\0\5\x16\7")
        archive.writestr("work/toy.ipynb", text)
    return file.getvalue()


def _tar(text: str) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        entry = tarfile.TarInfo("work/toy.ipynb")
        entry.size = len(text.encode())
        archive.addfile(entry, io.BytesIO(text.encode()))
    return file.getvalue()


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "cp1252": lambda text: text.encode("cp1252", "replace"),
    "ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "ends of old Macs": lambda text: text.replace("\n", "\r").encode(),
    "zeros behind": lambda text: text.encode() + bytes(4096),
    "zeros before": lambda text: bytes(512) + text.encode(),
    "an older end": lambda text: text.encode() + text.encode()[-50:],
    "a comma too many": lambda text: text.encode()[:-1].rstrip() + b",\n}",
    "gzip": lambda text: gzip.compress(text.encode()),
    "zip": _zip,
    "tar": _tar,
}


def files(rng: random.Random, notebook: Notebook, untouched: bytes) -> tuple[Files, str]:
    """Write a notebook into one of the files in which platforms hand it over."""
    text = json.dumps(notebook, indent=rng.choice([None, 1]), ensure_ascii=rng.random() < 0.5)
    text = text.encode("utf-8", "replace").decode()
    encoding = rng.choice(list(ENCODINGS))
    raw = ENCODINGS[encoding](text)
    if rng.random() < 0.7 or (encoding.startswith("UTF-") and encoding != "UTF-8"):
        return {"toy.ipynb": raw}, encoding
    name = rng.choice(NAMES)
    beside = {"toy.ipynb": untouched} if rng.random() < 0.5 and encoding == "UTF-8" else {}
    raw = text.encode() if beside else raw
    return beside | {name: raw}, f"{encoding}, {name!r}, {'beside' if beside else 'alone'}"


def damaged(rng: random.Random, raw: bytes) -> bytes:
    """Return a file after a bad disk, a bad network or a bad tool."""
    for _ in range(rng.choice([1, 1, 2, 5])):
        start = rng.randrange(len(raw) + 1)
        end = min(len(raw), start + rng.choice([1, 1, 4, 100, 5000]))
        part = raw[start:end]
        raw = rng.choice(
            [
                raw[:start],
                raw[start:],
                raw[:start] + raw[end:],
                raw[:start] + part + raw[start:],
                raw[:start] + bytes(len(part)) + raw[end:],
                raw[:start] + rng.randbytes(len(part)) + raw[end:],
                raw[:start] + bytes(b ^ 1 << rng.randrange(8) for b in part[:3]) + raw[start + 3 :],
                raw[:start]
                + rng.choice([b"\\ud800", b"\\u0000", b'"', b"{", b"]", b","])
                + raw[end:],
            ]
        )
    return raw


ODD_VALUES = [
    *(None, True, 0, -1, 4.5, float("nan"), 10**400, "", "x", "\ud800", "\0", "add", "code"),
    *([], {}, [None], [[]], {"a": {"b": {}}}, ["x", 3], {"": ""}, "x" * 3000, [["def add"]]),
]


def reshaped(rng: random.Random, notebook: Notebook) -> Notebook:
    """Return a notebook with some values of its JSON replaced, removed, copied or moved."""
    notebook = deepcopy(notebook)
    for _ in range(rng.choice([1, 1, 2, 4, 20])):
        places = list(_places(notebook))
        if not places:
            return notebook
        holder, key = rng.choice(places)
        action = rng.randrange(4)
        if action == 0:
            del holder[key]
        elif action == 1:
            holder[key] = deepcopy(rng.choice(ODD_VALUES))
        elif action == 2 and isinstance(holder, dict):
            holder[rng.choice([*list(holder), "extra"])] = deepcopy(holder[key])
        else:
            other, place = rng.choice(places)
            holder[key] = deepcopy(other[place])
    return notebook


def _places(value: Any) -> Any:
    """Yield every place in a JSON value as its holder and key."""
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])

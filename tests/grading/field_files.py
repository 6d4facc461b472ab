"""How a notebook comes: names, folders, encodings, and what editors and platforms write into it."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode

from tests.grading.field import SOMETHING, UNANSWERED, Row
from tests.grading.made import NAME, RIGHT, STUBS, Make, cell, edited, save, written


def untouched(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook as it was before the student began."""
    fresh = deepcopy(notebook)
    for name, stub in STUBS.items():
        cell(fresh, name).source = stub
    cell(fresh, "question_answer").source = UNANSWERED
    return fresh


def named(*names: str) -> Make:
    """Hand in the notebook under other names."""

    def make(folder: Path, notebook: NotebookNode) -> None:
        for name in names:
            save(folder, notebook, name)

    return make


def beside_untouched(name: str) -> Make:
    """Hand in the work under another name, beside the notebook as it was given out."""

    def make(folder: Path, notebook: NotebookNode) -> None:
        save(folder, untouched(notebook))
        save(folder, notebook, name)

    return make


def with_files(files: dict[str, bytes]) -> Make:
    """Hand in the notebook and other files."""

    def make(folder: Path, notebook: NotebookNode) -> None:
        save(folder, notebook)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    return make


def only(name: str, content: bytes = b"%PDF-1.7 ...") -> Make:
    """Hand in one file that is no notebook."""

    def make(folder: Path, notebook: NotebookNode) -> None:
        (folder / name).write_bytes(content)

    return make


def in_every_cell(edit: Callable[[int, NotebookNode], object]) -> Make:
    """Hand in the notebook with every cell edited."""

    def edit_all(notebook: NotebookNode) -> None:
        for number, each in enumerate(notebook.cells):
            edit(number, each)

    return edited(edit_all)


def shown(*outputs: dict) -> Make:
    """Hand in the notebook with these outputs in each code cell."""

    def show(number: int, each: NotebookNode) -> None:
        if each.cell_type == "code":
            each["outputs"] = list(outputs)

    return in_every_cell(show)


def _zip(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"homework/{NAME}", text)
    return file.getvalue()


def _zipped(folder: Path, notebook: NotebookNode) -> None:
    (folder / "homework.zip").write_bytes(_zip(json.dumps(notebook)))


def _without_ids(number: int, each: NotebookNode) -> None:
    each.pop("id", None)


def _older(folder: Path, notebook: NotebookNode) -> None:
    save(folder, notebook)
    save(folder, untouched(notebook), ".ipynb_checkpoints/class-checkpoint.ipynb")


def _unpacked_on_a_mac(folder: Path, notebook: NotebookNode) -> None:
    save(folder, notebook, f"homework/{NAME}")
    fork = folder / "__MACOSX" / "homework" / f"._{NAME}"
    fork.parent.mkdir(parents=True)
    fork.write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X" + bytes(40))


def _two_versions(folder: Path, notebook: NotebookNode) -> None:
    save(folder, notebook)
    cell(notebook, "box_area").source = "def box_area(boxes):\n    return boxes[:, 0]"
    save(folder, notebook, "class (1).ipynb")


def _with_environment(folder: Path, notebook: NotebookNode) -> None:
    save(folder, notebook)
    for number in range(300):
        path = folder / "venv" / "lib" / "site-packages" / f"package_{number}" / "__init__.py"
        path.parent.mkdir(parents=True)
        path.write_text("")


def _with_data(folder: Path, notebook: NotebookNode) -> None:
    save(folder, notebook)
    with (folder / "train.zip").open("wb") as file:
        file.truncate(400_000_000)


def _format_3(folder: Path, notebook: NotebookNode) -> None:
    cells = [dict(each) for each in notebook.cells]
    for each in cells:
        if each["cell_type"] == "code":
            text = {"input": each.pop("source"), "language": "python", "collapsed": False}
            each.update(text, prompt_number=1)
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    (folder / NAME).write_text(json.dumps(old))


def _colab(notebook: NotebookNode) -> None:
    notebook.update(nbformat_minor=0)
    notebook.metadata = {
        "accelerator": "GPU",
        "colab": {"name": "class.ipynb", "provenance": [], "toc_visible": True},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"a1": {"model_name": "HBox"}}},
    }
    for number, each in enumerate(notebook.cells):
        each.pop("id", None)
        each.metadata.update(id=f"Xy{number}", outputId=f"4f{number}", colab={"height": 35})
        if each.cell_type == "code":
            data = {
                "application/vnd.google.colaboratory.intrinsic+json": {"type": "string"},
                "text/plain": ["6.0"],
            }
            shown = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
            each["outputs"] = [shown | {"data": data}]


def _vscode(notebook: NotebookNode) -> None:
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3.9.6 64-bit ('base')", "name": "python396jvsc"},
        "vscode": {"interpreter": {"hash": "31f2aee4e71d21fbe5cf8b01ff0e069b"}},
    }
    for each in notebook.cells:
        each.metadata["vscode"] = {"languageId": "python"}


def _kaggle(notebook: NotebookNode) -> None:
    notebook.metadata["kaggle"] = {"accelerator": "nvidiaTeslaT4", "isGpuEnabled": True}
    for number, each in enumerate(notebook.cells):
        each.metadata.update({"_uuid": f"d62{number}", "_kg_hide-input": True, "trusted": True})


def _deepnote(number: int, each: NotebookNode) -> None:
    each.pop("id", None)
    each.metadata.update(cell_id=f"00{number}", deepnote_cell_type=each.cell_type)
    each["execution_count"] = None


def _databricks(number: int, each: NotebookNode) -> None:
    details = {"cellMetadata": {}, "inputWidgets": {}, "nuid": f"7a{number}", "title": ""}
    each.metadata["application/vnd.databricks.v1+cell"] = details


def _old_mac(number: int, each: NotebookNode) -> None:
    each.source = each.source.replace("\n", "\r")


def _windows(number: int, each: NotebookNode) -> None:
    each.source = each.source.replace("\n", "\r\n").splitlines(keepends=True)


def _curly(text: str) -> bytes:
    return text.replace("def box_area", "# the box’s “area”\\ndef box_area").encode("cp1252")


STREAM = {"output_type": "stream", "name": "stdout"}
TAIL = '"nbformat": 4,\n "nbformat_minor": 5\n}'

RENAMED = "The file is called"
FILES = {
    "worked in the copy": Row("otter-grader#433", beside_untouched("class-Copy1.ipynb"),
        points=..., told="class-Copy1.ipynb", asked=None, shown="", look=None),
    "platform's number beside the original": Row("IIC1253/IIC1253-2024-1#26",
        beside_untouched("class-1.ipynb"),
        points=..., told="class-1.ipynb", asked=None, shown="", look=None),
    "worked in a folder beside the original": Row("nbgrader#724",
        beside_untouched("backup/class.ipynb"),
        points=..., told="backup", asked=None, shown="", look=None),
    "two versions": Row("nbgrader#724", _two_versions, told="class (1).ipynb", look=None),
    "platform's number": Row("IIC1253/IIC1253-2025-1#34", named("class-1.ipynb"), told=RENAMED),
    "own name in the file's": Row("earthlab/abc-classroom#88",
        named("class - Ada Lovelace FINAL (2).ipynb"), told=RENAMED),
    "upper case": Row("nbgrader#1302", named("CLASS.IPYNB"), told=RENAMED),
    "space at the end of the file's name": Row("nbgrader#416", named("class.ipynb "), told=RENAMED),
    "ending of a text file": Row("nbdime#379", named("class.ipynb.txt"), told=RENAMED),
    "folder in the folder": Row("nbgrader#796", named("homework/class.ipynb"), told=RENAMED),
    "unpacked on a Mac": Row("troeger/opensubmit#89", _unpacked_on_a_mac, told="homework/class"),
    "resource fork beside": Row("yazi#3548", with_files({"._class.ipynb": b"\0\5\x16\7\xff"})),
    "checkpoint beside": Row("jupyter/help#171", _older),
    "only a checkpoint": Row("jupyter/help#171",
        named(".ipynb_checkpoints/class-checkpoint.ipynb"), points=..., told="checkpoint"),
    "scratch notebook beside": Row("nbgrader#1219",
        with_files({"scratch.ipynb": b'{"nbformat": 4, "cells": []}'}), told=None),
    "files of the desktop beside": Row("nbgrader#1234",
        with_files({"desktop.ini": b"[.ShellClassInfo]", "Thumbs.db": b"\xd0\xcf\x11\xe0"})),
    "environment beside": Row("otter-grader#764", _with_environment),
    "data set beside": Row("otter-grader#951", _with_data, told="train.zip"),
    "archive": Row("nbgrader#796", _zipped, points=..., told="homework.zip"),
    "archive under the notebook's name": Row("nbgrader#511", written(_zip), points=...,
        told="archive"),
    "gzip": Row("jupyter/notebook#3211", written(lambda text: gzip.compress(text.encode())),
        points=..., told="gzip"),
    "print of the notebook": Row("otter-grader#494", only("class.pdf"), None, told="class.pdf"),
    "script": Row("nbgrader#940", only("class.py", b"import torch"), None, told="class.py"),
    "empty folder": Row("nbgrader#744", lambda folder, notebook: None, None, told="empty"),
    "empty file": Row("berkeley-dsep-infra/datahub#4477", written(lambda text: b""), None,
        told="empty"),
    "web page": Row("jupyter/help#67", written(lambda text: b"<!DOCTYPE HTML>\n<html>"), None,
        told="a web page"),
    "random bytes": Row("jupyter/notebook#3211",
        written(lambda text: bytes((7 * n * n) % 251 for n in range(5000))), None, told=SOMETHING),
    "merge": Row("jupyter/notebook#4889",
        written(lambda text: text.replace(', "cells"', '\n<<<<<<< HEAD\n, "cells"', 1)
            .replace('{"cells"', '{\n<<<<<<< HEAD\n"cells"', 1).encode()), None, told="merge"),
    "missing comma": Row("wesm/pydata-book#27",
        written(lambda text: text.replace('", "', '" "', 1).encode()), None, told="damaged"),
    "cut off": Row("jupyter/notebook#1563", written(lambda text: text[:1500].encode()), None,
        told="breaks off"),
    "end of a longer version behind": Row("jupyter/help#171",
        written(lambda text: f"{text}\n ],\n {TAIL}".encode()), told=SOMETHING),
    "written twice": Row("jupyter/help#171", written(lambda text: f"{text}\n{text}".encode()),
        told=SOMETHING),
    "one brace too many": Row("ZEPL/zeppelin#291", written(lambda text: f"{text}}}".encode()),
        told=SOMETHING),
    "zeros behind": Row("jupyter/notebook#3211",
        written(lambda text: text.encode() + bytes(4096)), told=SOMETHING),
    "mark of Windows": Row("dataplat/dbatools#8320",
        written(lambda text: text.replace(', "', ',\r\n"').encode("utf-8-sig")),
        told="byte order mark"),
    "UTF-16": Row("BinWang0213/PyGRDECL#2", written(lambda text: text.encode("utf-16")),
        told="UTF-16"),
    "word processor's quotes": Row("jupyter/notebook#3510",
        written(lambda text: _curly(json.dumps(json.loads(text), ensure_ascii=False))),
        told="not UTF-8"),
    "half an emoji": Row("jupyter/notebook#2680", edited(lambda nb: cell(nb, "box_area").update(
        source="# wide \ud83d\n" + RIGHT["box_area"])), told=SOMETHING),
    "format 3": Row("ipython#10762", _format_3, told="old format 3"),
    "without ids": Row("nbformat#335", in_every_cell(_without_ids)),
    "one id for all": Row("OpenBioLink/ThoughtSource#128",
        in_every_cell(lambda number, each: each.update(id="same"))),
    "ids in an older format": Row("jupytext#1463", edited(lambda nb: nb.update(nbformat_minor=2))),
    "outputs of text cells": Row("snakemake#718",
        in_every_cell(lambda number, each: each.update(outputs=[], execution_count=None))),
    "outputs that are none": Row("vscode-jupyter#2487",
        shown({"output_type": "stream"}, {"output_type": "nonsense"}, {})),
    "widgets without state": Row("colabtools#5288",
        edited(lambda nb: nb.metadata.update(widgets={"application/vnd.jupyter.widget-state+json": {
            "c0": {"model_module": "@jupyter-widgets/controls"}}}))),
    "numbers that JSON has not": Row("jupyter/notebook#5510",
        shown({"output_type": "display_data", "metadata": {}, "data": {
            "application/vnd.plotly.v1+json": {"y": [float("nan"), float("inf")]}}})),
    "long output": Row("jupyter/notebook#3559", shown(STREAM | {"text": "0.5 " * 400_000})),
    "Windows' line ends": Row("dfinke/PowerShellNotebook#52", in_every_cell(_windows)),
    "old Mac's line ends": Row("otter-grader#527", in_every_cell(_old_mac)),
    "Colab": Row("nbgrader#1273", edited(_colab)),
    "VS Code": Row("vscode-jupyter#16207", edited(_vscode)),
    "Kaggle": Row("ucfai/core#92", edited(_kaggle)),
    "Deepnote": Row("deepnote#430", in_every_cell(_deepnote)),
    "Databricks": Row("rapidsai/deployment#323", in_every_cell(_databricks)),
    "other kernel": Row("nbgrader#416", edited(lambda nb: nb.metadata.update(
        kernelspec={"name": "xpython", "display_name": "Python 3.8 (XPython)"}))),
    "time in words": Row("nbgrader#591", with_files({"timestamp.txt": b"Fri, 13h30"}),
        told="timestamp.txt"),
    "O'Neil, Ünal (late)": Row("nbgrader#1738", named(NAME)),
    "Ada [group 2] ": Row("nbgrader#1843", named(NAME)),
    "UNI\\ada+b@uni.example": Row("nbgrader#912", named(NAME)),
    "nobody's work": Row("nbgrader#92",
        lambda folder, notebook: save(folder, untouched(notebook)), (0, 0),
        told="not attempted", asked=False, shown=UNANSWERED),
}  # fmt: skip

"""Messages of a kernel, well-formed or not, go through nbclient and nbgrader and lose nothing."""

import asyncio
import json
import random
from types import SimpleNamespace
from unittest import mock

import nbformat
import pytest
import zmq
import zmq.asyncio
from jupyter_client.session import Session
from nbclient.client import CellExecutionComplete, NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook

from rcnn_course.grading.execution.execute import ExecuteSubmission
from rcnn_course.grading.execution.messages import SilentOutputWidget

SECRET = {"msg_id": "the request"}

ODD = [
    *(None, True, 0, -1, 10**30, 1.5, float("nan"), float("inf"), "", "x", "\ud800", "é" * 9),
    *([], ["x"], [[]], {}, {"x": 1}, {"": None}, "x" * 100_000, {"text/plain": ["a", "b"]}),
    *({"application/json": {"a": float("nan")}}, {"text/plain": 3}, {"image/png": "no base64"}),
    {"text/html": "\udfff"},
]

KINDS = [
    *("stream", "display_data", "execute_result", "update_display_data", "error", "clear_output"),
    *("comm_open", "comm_msg", "comm_close", "comm_info", "execute_input", "status", "never_heard"),
    *("", "input_request", "debug_event", "iopub_welcome"),
]

FIELDS = {
    "name": ["stdout", "stderr"],
    "text": ["hello", "\ud800"],
    "data": [
        {"text/plain": "3"},
        {"state": {"_model_module": "@jupyter-widgets/output", "_model_name": "OutputModel"}},
        {"state": {"msg_id": "the request", "outputs": []}, "method": "update"},
        {"state": {"msg_id": ""}},
        {"state": {"_model_name": "OutputModel", "outputs": 3}, "buffer_paths": [["a"], 3]},
    ],
    "metadata": [{}],
    "transient": [{"display_id": "known"}, {"display_id": "unknown"}, None],
    "execution_count": [1],
    "ename": ["ValueError"],
    "evalue": ["no"],
    "traceback": [["line"]],
    "wait": [True, False],
    "comm_id": ["one", "two", "\ud800"],
    "target_name": ["jupyter.widget", "unknown"],
    "execution_state": ["busy"],
}


class Client:
    """Answers as a kernel: with the messages that it is given, then that the cell has ended."""

    def __init__(self):
        self.messages = []
        self.reply = {}
        self.iopub_channel = self.shell_channel = self.session = self

    def execute(self, *_, **__):
        return SECRET["msg_id"]

    def is_alive(self):
        return True

    async def get_msg(self, timeout=None):
        if timeout is not None:
            return {"parent_header": SECRET, "content": self.reply, "msg_type": "execute_reply"}
        message = self.messages.pop(0)
        if isinstance(message, Exception):
            raise message
        return message

    def msg(self, *_, **content):
        return content

    def send(self, message):
        json.dumps(message)


def message(kind, content, buffers=()):
    return {
        "header": {"msg_type": kind},
        "msg_type": kind,
        "parent_header": SECRET,
        "content": content,
        "buffers": list(buffers),
    }


async def unlimited():
    """Stand for the watch over the time of a kernel: there is none here."""


@pytest.fixture
def run(monkeypatch):
    """Run a cell of which the kernel says some messages; return the cell as it can be saved."""
    monkeypatch.setattr(ExecuteSubmission, "_watch", lambda execute, *limits: unlimited())

    def run(*messages, reply=None, cells=2, **settings):
        execute = ExecuteSubmission(**settings)
        execute.nb = new_notebook(cells=[new_code_cell("check(it)") for _ in range(cells)])
        client = execute.kc = Client()
        for cell in execute.nb.cells:
            client.messages = [*messages, message("stream", {"name": "stdout", "text": "passed"})]
            client.messages.append(message("status", {"execution_state": "idle"}))
            client.reply = {"status": "ok"} if reply is None else reply
            execute.preprocess_cell(cell, {}, execute.nb.cells.index(cell))
        text = nbformat.writes(execute.nb)
        text.encode()
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
        return notebook.cells[1], execute

    return run


def odd_message(chance):
    """Return a message of a random kind with some random and some wrong fields."""
    names = chance.sample(sorted(FIELDS), chance.randint(0, len(FIELDS)))
    content = {
        name: chance.choice(ODD if chance.random() < 0.3 else FIELDS[name]) for name in names
    }
    if chance.random() < 0.05:
        content = chance.choice(ODD)
    made = message(chance.choice(KINDS), content, [b"\xff"] * chance.randint(0, 2))
    if chance.random() < 0.05:
        made.pop(chance.choice(["content", "buffers", "header", "msg_type"]))
    return chance.choice([made] * 20 + [ValueError("not signed"), RecursionError(), KeyError("x")])


@pytest.mark.parametrize("seed", range(60))
def test_no_message_ends_a_run(run, seed):
    chance = random.Random(seed)
    messages = [odd_message(chance) for _ in range(40)]
    try:
        _, execute = run(*messages)
    except (CellExecutionComplete, DeadKernelError) as error:
        pytest.fail(f"{error!r} got out")
    assert execute.troubles == []


def test_cell_ends_even_if_no_message_can_be_handled(run, monkeypatch):
    def stumble(*_):
        raise ValueError("no")

    monkeypatch.setattr(NotebookClient, "process_message", stumble)
    cell, execute = run()
    assert (cell.outputs, execute.troubles) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("odd", range(len(ODD)))
def test_output_after_an_odd_message_is_kept(run, kind, odd):
    cell, _ = run(message(kind, ODD[odd]))
    assert cell.outputs[-1].text == "passed"


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"status": "error"},
        {"status": "error", "ename": None, "evalue": 3, "traceback": "x"},
        {"status": "error", "ename": "\ud800", "evalue": "\ud800", "traceback": ["\ud800", 1]},
        {"status": "error", "ename": "E", "evalue": "x" * 10**7, "traceback": ["x" * 10**7]},
        3,
    ],
)
def test_error_without_its_parts_is_an_error_all_the_same(run, reply):
    cell, execute = run(reply=reply)
    assert cell.outputs[-1].output_type == "error"
    assert execute.troubles == []
    assert len(json.dumps(cell)) < 10**6


def test_deeply_nested_content_is_left_out(run):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    cell, _ = run(message("display_data", {"data": {"application/json": deep}, "metadata": {}}))
    assert [output.output_type for output in cell.outputs] == ["stream"]


def test_end_of_too_much_output_is_kept(run):
    """The last words of a check are those that count."""
    flood = message("stream", {"name": "stdout", "text": "x" * 2**19})
    picture = message("display_data", {"data": {"text/plain": "x" * 2**19}, "metadata": {}})
    cell, _ = run(*[flood, picture] * 4, max_output=1)
    assert cell.outputs[-1].text == "passed"
    assert "more than 1 MB" in cell.outputs[-2].text
    assert len(json.dumps(cell)) < 2 * 2**20


def test_all_cells_together_have_a_limit_of_output(run):
    """Each is below that of a cell; the file stays small, and every check keeps its last words."""
    flood = message("stream", {"name": "stdout", "text": "x" * (2**20 - 2**10)})
    _, execute = run(flood, cells=60, max_output=1, max_notebook_output=4)
    assert len(nbformat.writes(execute.nb)) < (4 + 60 / 16) * 2**20
    cells = execute.nb.cells
    assert {cell.outputs[-1].text for cell in cells} == {"passed"}
    assert [str(cell).count("The notebook printed or drew more than 4 MB") for cell in cells] == [
        *[0] * 4,
        1,
        *[0] * 55,
    ]


def test_short_output_is_kept_whatever_others_have_printed(run):
    report = message("display_data", {"data": {"text/plain": "report"}, "metadata": {}})
    flood = message("stream", {"name": "stdout", "text": "x" * 2**20})
    _, execute = run(report, *[flood] * 2, max_notebook_output=1)
    assert "report" in str(execute.nb.cells[1].outputs[0])


def test_output_of_a_widget_is_not_of_the_cell(run):
    data = FIELDS["data"]
    said = message("stream", {"name": "stdout", "text": "in the widget"})
    taken = [
        message("comm_open", {"comm_id": "one", "target_name": "jupyter.widget", "data": data[1]}),
        message("comm_msg", {"comm_id": "one", "data": data[2]}),
        said,
        message("clear_output", {"wait": True}),
        said,
        message("comm_msg", {"comm_id": "one", "data": data[3]}),
    ]
    cell, execute = run(*taken)
    assert [output.text for output in cell.outputs] == ["passed"]
    assert [output["text"] for output in execute.comm_objects["one"].outputs] == ["in the widget"]
    execute.set_widgets_metadata()
    assert "widgets" not in execute.nb.metadata


def test_cell_that_cannot_be_run_is_an_error_and_the_next_one_runs(run, monkeypatch):
    tried = []

    async def fail(self, cell, index, **_):
        tried.append(index)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ExecuteSubmission, "execute_cell", lambda *a, **k: asyncio.run(fail(*a)))
    cell, execute = run()
    assert tried == [0, 1]
    assert cell.outputs[-1].ename == "PermissionError"
    assert "cell 2" in execute.troubles[-1]


def test_reply_that_arrives_while_a_widget_lets_go_is_received():
    async def receive():
        context = zmq.asyncio.Context()
        kernel, client = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
        client.connect(f"tcp://127.0.0.1:{kernel.bind_to_random_port('tcp://127.0.0.1')}")
        await client.send(b"a request")
        sender, _ = await kernel.recv_multipart()
        reply = asyncio.ensure_future(client.recv())
        await asyncio.sleep(0.1)  # it waits now
        zmq.Socket.shadow(kernel.underlying).send_multipart([sender, b"the reply"])
        zmq.Socket.shadow(client.underlying).poll()  # it is there, and the loop has not seen it
        session = Session()
        channel = SimpleNamespace(socket=client, send=lambda msg: session.send(client, msg))
        kernel_client = SimpleNamespace(session=session, shell_channel=channel)
        widget = SilentOutputWidget("out", {}, kernel_client, mock.Mock(widget_state={}))
        widget.set_state({"msg_id": "a request"})
        widget.set_state({"msg_id": ""})
        try:
            return await asyncio.wait_for(reply, 60)
        finally:
            context.destroy(linger=0)

    assert asyncio.run(receive()) == b"the reply"

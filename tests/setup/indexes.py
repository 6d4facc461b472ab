"""Package indexes of this machine's own, with tiny wheels, and some that only seem to be one."""

import contextlib
import http.server
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from packaging.tags import sys_tags

TAG = str(next(sys_tags()))
Handler = http.server.BaseHTTPRequestHandler


def make_wheel(folder: Path, name: str, version: str, tag: str = TAG, needs: str = "") -> None:
    """Write a wheel that holds nothing but its metadata, by default for this very Python."""
    info = f"{name}-{version}.dist-info"
    requires = f"Requires-Dist: {needs}\n" if needs else ""
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
    }
    record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-{tag}.whl", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(path, text)


@contextlib.contextmanager
def serve(answer: Callable[[Handler], None]) -> Iterator[tuple[str, list[str]]]:
    """Answer each request on loopback by a function; yield the address and the paths asked for."""
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            with contextlib.suppress(ConnectionError):  # whoever asked has gone
                answer(self)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def send(handler: Handler, body: bytes, kind: str = "text/html", status: int = 200) -> None:
    """Send a whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def index_of(folder: Path) -> Callable[[Handler], None]:
    """Serve a folder of wheels as the simple index of PEP 503."""

    def answer(handler):
        *_, first, last = ["", *handler.path.split("/")]
        if last:
            send(handler, (folder / last.replace("%2B", "+")).read_bytes(), "application/zip")
            return
        found = sorted(folder.glob(f"{first}-*.whl"))
        links = (f'<a href="/files/{wheel.name.replace("+", "%2B")}">x</a>' for wheel in found)
        send(handler, "".join(links).encode(), status=200 if found else 404)

    return answer


def refusing(handler: Handler) -> None:
    """Hang up at once."""
    handler.connection.close()


def captive_portal(handler: Handler) -> None:
    """Answer everything by a page on which one agrees to something."""
    send(handler, b"<html><body>Welcome! <a href='/agree'>I agree</a></body></html>")


def broken(handler: Handler) -> None:
    """Say that the server has trouble."""
    send(handler, b"", status=503)


def hanging(handler: Handler) -> None:
    """Say nothing until whoever asked has gone."""
    handler.connection.recv(1)


def dripping(handler: Handler) -> None:
    """Answer one letter at a time, so that no read takes long and the whole never ends."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.05)


STRANGE: Iterable[Callable[[Handler], None]] = (refusing, captive_portal, broken, hanging, dripping)

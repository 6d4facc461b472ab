"""A small stand-in for torchvision's download host."""

import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from torchvision.models import detection


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        body = self.server.files.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write((body or b"")[: self.server.breaks_after])

    def log_message(self, *_):
        pass


class Host(ThreadingHTTPServer):
    """Serves `files` by path, cuts each after `breaks_after` bytes, remembers `requests`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests, self.breaks_after = {}, [], None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def host(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Host() as host:
        thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield host
        host.shutdown()
        thread.join()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty torch hub folder; returns its cache of checkpoints."""
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path / "hub"))
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture(scope="session")
def coco_file():
    """A weights file for Faster R-CNN as torchvision stores it, without training."""
    torch.manual_seed(0)
    model = detection.fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    stream = io.BytesIO()
    torch.save(model.state_dict(), stream)
    return stream.getvalue()


@pytest.fixture
def coco_url(host, coco_file, monkeypatch):
    """Let torchvision's COCO weights of Faster R-CNN come from `host`, under a name with a hash."""
    name = f"fasterrcnn_resnet50_fpn_coco-{hashlib.sha256(coco_file).hexdigest()[:8]}.pth"
    host.files[f"/{name}"] = coco_file
    url = f"{host.url}/{name}"
    weights = detection.FasterRCNN_ResNet50_FPN_Weights.COCO_V1
    monkeypatch.setattr(weights.value, "url", url)
    return url

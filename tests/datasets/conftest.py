"""A small web server with faults to order, and a small COCO val2017 for it to serve."""

import io
import json
import threading
import zipfile
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from rcnn_course.datasets import KEYPOINT_NAMES


class FaultyServer(ThreadingHTTPServer):
    """Serves `files` by path, and misbehaves as it is told.

    Attributes:
        breaks: by path, after how many bytes of the body to hang up, one entry for each request.
        statuses: by path, what to answer first, one entry for each request.
        honours_range: whether to send the rest of a file when asked for it.
        requests: the path and Range header of every request so far.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.breaks, self.statuses = {}, defaultdict(list), defaultdict(list)
        self.honours_range = True
        self.requests = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server, asked = self.server, self.headers.get("Range")
        server.requests.append((self.path, asked))
        if server.statuses[self.path]:
            return self.refuse(server.statuses[self.path].pop(0))
        if self.path not in server.files:
            return self.refuse(404)
        body = server.files[self.path]
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if asked and server.honours_range:
            if start >= len(body):
                return self.refuse(416, f"bytes */{len(body)}")
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            body = body[start:]
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.breaks[self.path]:
            body = body[: server.breaks[self.path].pop(0)]
            self.close_connection = True
        self.wfile.write(body)

    def refuse(self, status, content_range=None):
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with FaultyServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def jpeg(width, height, mode="RGB"):
    ramp = np.linspace(0, 255, width * height, dtype=np.uint8).reshape(height, width)
    stream = io.BytesIO()
    Image.fromarray(ramp).convert(mode).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def square(x, y, side):
    return [x, y, x + side, y, x + side, y + side, x, y + side]


KEYPOINTS = [value for k in range(17) for value in (12 + k, 14 + k, k % 3)]


def annotation(number, image_id, category_id, bbox, segmentation, *, iscrowd=0, **others):
    return {
        "id": number,
        "image_id": image_id,
        "category_id": category_id,
        "bbox": bbox,
        "area": bbox[2] * bbox[3] / 2,
        "segmentation": segmentation,
        "iscrowd": iscrowd,
        **others,
    }


SIZES = {7: (60, 40), 9: (50, 30), 20: (40, 40), 33: (30, 50), 45: (20, 20)}
"""Width and height of each picture; 9 has a dog, 33 only a crowd, 45 nothing."""

CROWD = {"size": [40, 60], "counts": [40 * 50, 40 * 5, 40 * 5]}
PEOPLE = [
    annotation(
        *(101, 7, 1, [10.0, 5.0, 30.5, 20.25]),
        [square(10, 5, 10), square(30, 15, 10)],
        keypoints=KEYPOINTS,
        num_keypoints=11,
    ),
    annotation(
        *(102, 7, 1, [50.0, 0.0, 5.0, 40.0], CROWD),
        iscrowd=1,
        keypoints=[0] * 51,
        num_keypoints=0,
    ),
    annotation(
        *(103, 20, 1, [30.0, 30.0, 15.0, 20.0], [square(30, 30, 15)]),
        keypoints=[0] * 51,
        num_keypoints=0,
    ),
    annotation(
        *(104, 20, 1, [12.0, 3.0, 0.0, 9.0], [square(12, 3, 1)]),
        keypoints=[0] * 51,
        num_keypoints=0,
    ),
    annotation(
        *(105, 33, 1, [0.0, 0.0, 30.0, 50.0], {"size": [50, 30], "counts": [0, 1500]}),
        iscrowd=1,
        keypoints=[0] * 51,
        num_keypoints=0,
    ),
]
DOG = annotation(106, 9, 18, [4.0, 4.0, 20.0, 20.0], [square(4, 4, 20)])


def annotation_file(annotations, categories):
    images = [
        {"id": number, "file_name": f"{number:012}.jpg", "width": width, "height": height}
        for number, (width, height) in SIZES.items()
    ]
    return {"images": images, "annotations": annotations, "categories": categories}


def archive():
    person = {"id": 1, "name": "person", "supercategory": "person"}
    dog = {"id": 18, "name": "dog", "supercategory": "animal"}
    things = [{k: v for k, v in p.items() if "keypoints" not in k} for p in PEOPLE]
    names = {"keypoints": list(KEYPOINT_NAMES), "skeleton": [[16, 14]]}
    files = {
        "person_keypoints": annotation_file(PEOPLE, [person | names]),
        "instances": annotation_file([*things, DOG], [person, dog]),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as members:
        for kind, content in files.items():
            members.writestr(f"annotations/{kind}_val2017.json", json.dumps(content))
    return stream.getvalue()


ARCHIVE = "/annotations/annotations_trainval2017.zip"


@pytest.fixture
def coco_server(server):
    """Serve the small COCO as its host does; picture 20 is grey."""
    server.files[ARCHIVE] = archive()
    for number, size in SIZES.items():
        mode = "L" if number == 20 else "RGB"
        server.files[f"/val2017/{number:012}.jpg"] = jpeg(*size, mode)
    return server

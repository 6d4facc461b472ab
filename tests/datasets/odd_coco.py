"""A small good COCO set, and the kinds of odd files that labelling tools and people write.

A row of `KINDS` has a name, what to change in the good set, and either what is then read, as a
function of the data set, or what is said, as a regular expression.
"""

import gzip
import io
import json
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 60, 40
NAMES = ["tip", "left_wing", "right_wing", "tail", "middle"]
DOTS = [12, 12, 2, 14, 13, 1, 16, 13, 2, 0, 0, 0, 15, 15, 2]
BOXES = [[10, 10, 30, 20], [30, 5, 55, 35], [5, 5, 25, 25]]
"""The good set's boxes, xyxy: two in picture 1, one in picture 2."""


def polygon(x1, y1, x2, y2):
    return [[x1, y1, x2, y1, x2, y2, x1, y2]]


def good():
    """Return the content of the annotation file: two pictures, three objects, two categories."""
    objects = [
        {
            "id": number,
            "image_id": image_id,
            "category_id": category_id,
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "area": (x2 - x1) * (y2 - y1),
            "iscrowd": 0,
            "segmentation": polygon(x1, y1, x2, y2),
            "keypoints": list(DOTS),
            "num_keypoints": 4,
        }
        for number, image_id, category_id, (x1, y1, x2, y2) in zip(
            (11, 12, 13), (1, 1, 2), (1, 2, 1), BOXES, strict=True
        )
    ]
    images = [
        {"id": number, "file_name": name, "width": WIDTH, "height": HEIGHT}
        for number, name in ((1, "one.png"), (2, "two.png"))
    ]
    categories = [
        {"id": 1, "name": "kite", "keypoints": list(NAMES), "skeleton": [[1, 5], [5, 4]]},
        {"id": 2, "name": "bird", "keypoints": list(NAMES), "skeleton": [[1, 5], [5, 4]]},
    ]
    return {"images": images, "annotations": objects, "categories": categories}


def stored(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def ramp(width=WIDTH, height=HEIGHT):
    values = np.linspace(0, 255, width * height).reshape(height, width).astype(np.uint8)
    return Image.fromarray(values).convert("RGB")


def write(folder, content, pictures=None):
    """Write a set; `pictures` are bytes by file name. Return the annotation file."""
    files = {image.get("file_name"): stored(ramp()) for image in good()["images"]}
    for name, data in {**files, **(pictures or {})}.items():
        if data is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    file = folder / "own.json"
    text = json.dumps(content) if isinstance(content, dict) else content
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@dataclass
class Kind:
    """A kind of odd file.

    Attributes:
        name: in a few words.
        change: edits the content of the good file; may return another content.
        read: what must hold for the data set; None where it is refused.
        said: a regular expression that the refusal matches.
        pictures: files to write besides, or None for one to leave out.
        options: of `CocoPictures`.
        boxes_alone: whether it is refused for its masks or keypoints, and boxes can be read.
    """

    name: str
    change: object = lambda content: None
    read: object = None
    said: str = ""
    pictures: object = None
    options: object = None
    boxes_alone: bool = False


def of_all(**fields):
    """Set fields of every annotation; None takes them away."""

    def change(content):
        for annotation in content["annotations"]:
            _set(annotation, fields)

    return change


def of_first(where="annotations", **fields):
    """Set fields of the first record; `...` takes them away."""
    return lambda content: _set(content[where][0], fields)


def _set(record, fields):
    for name, value in fields.items():
        if value is ...:
            record.pop(name, None)
        else:
            record[name] = value


def same_boxes(pictures):
    boxes = [box for _, target in pictures for box in target["boxes"].tolist()]
    return boxes == BOXES


def labels(*expected):
    def read(pictures):
        found = [label for _, target in pictures for label in target["labels"].tolist()]
        return same_boxes(pictures) and found == list(expected)

    return read


def areas(*expected):
    return lambda pictures: (
        same_boxes(pictures)
        and [area for _, target in pictures for area in target["area"].tolist()] == list(expected)
    )


def has(key, wanted):
    return lambda pictures: (
        same_boxes(pictures) and all((key in target) == wanted for _, target in pictures)
    )


def shape_of(key, *expected):
    return lambda pictures: (
        same_boxes(pictures) and [list(t[key].shape) for _, t in pictures] == list(expected)
    )


def first_box(*expected):
    return lambda pictures: pictures[0][1]["boxes"][0].tolist() == list(expected)


def together(*changes):
    def change(content):
        for one in changes:
            one(content)

    return change


def renumbered(**numbers):
    """Give ids of images, annotations or categories by functions of the old ones."""

    def change(content):
        image, category = numbers.get("image", int), numbers.get("category", int)
        for record in content["images"]:
            record["id"] = image(record["id"])
        for record in content.get("categories", []):
            record["id"] = category(record["id"])
        for record in content["annotations"]:
            record["image_id"] = image(record["image_id"])
            record["category_id"] = category(record["category_id"])

    return change


def without(name):
    return lambda content: content.pop(name)


def turned(orientation, kind="JPEG"):
    exif = Image.Exif()
    exif[0x112] = orientation
    return exif


def jpeg(image, orientation=None, **options):
    if orientation:
        options["exif"] = turned(orientation)
    return stored(image, "JPEG", quality=95, **options)


def brightness(*expected):
    """Say whether the first picture's corners, left and right at the top, are so bright."""

    def read(pictures):
        image, _ = pictures[0]
        found = [image[:, 0, 0].mean().item(), image[:, 0, -1].mean().item()]
        return np.allclose(found, expected, atol=0.05) and image.shape[1:] == (HEIGHT, WIDTH)

    return read


LEFT_TO_RIGHT = Image.fromarray(
    np.tile(np.linspace(0, 255, WIDTH).round().astype(np.uint8), (HEIGHT, 1))
)
IN_16_BITS = Image.fromarray(np.asarray(LEFT_TO_RIGHT).astype(np.uint16) * 257)
SEE_THROUGH = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
FIRST = r"own\.json: picture 1, annotation 11: "
RUNS = {"size": [HEIGHT, WIDTH], "counts": [0, HEIGHT * WIDTH]}
SKETCH = [v for dots in range(5) for v in (10 + dots, 10, 2)]

KINDS = [
    # What may be left out.
    Kind("good", read=lambda p: same_boxes(p) and p.keypoint_names == tuple(NAMES)),
    Kind("no iscrowd", of_all(iscrowd=...), same_boxes),
    Kind("iscrowd is null", of_all(iscrowd=None), same_boxes),
    Kind("no area: of the mask", of_all(area=...), areas(200, 750, 400)),
    Kind(
        "no area, no mask: of the box",
        together(of_all(area=..., segmentation=...)),
        areas(200, 750, 400),
    ),
    Kind("no segmentation", of_all(segmentation=...), has("masks", False)),
    Kind("segmentation is []", of_all(segmentation=[]), has("masks", False)),
    Kind("segmentation is [[]]", of_all(segmentation=[[]]), has("masks", False)),
    Kind(
        "segmentation of some",
        of_first(segmentation=[]),
        said=FIRST + "it has no segmentation",
        boxes_alone=True,
    ),
    Kind(
        "segmentation of some, boxes asked for",
        of_first(segmentation=[]),
        has("masks", False),
        options={"masks": False},
    ),
    Kind("no bbox: of the mask", of_all(bbox=...), same_boxes),
    Kind("bbox is []", of_all(bbox=[]), same_boxes),
    Kind(
        "neither bbox nor mask",
        of_all(bbox=..., segmentation=...),
        said=FIRST + "it has neither a bbox nor a segmentation.* 2 more",
    ),
    Kind("no categories", without("categories"), labels(1, 2, 1)),
    Kind("categories is []", lambda c: c.update(categories=[]), labels(1, 2, 1)),
    Kind("no num_keypoints", of_all(num_keypoints=...), same_boxes),
    Kind("no width and height", of_first("images", width=..., height=...), same_boxes),
    Kind(
        "no width and height, no picture",
        of_first("images", width=..., height=...),
        said=r"picture 1: width and height are missing, and .*one\.png is missing",
        pictures={"one.png": None},
    ),
    Kind("no annotations at all", lambda c: c.update(annotations=[]), lambda p: len(p) == 2),
    Kind("a category without a name", of_first("categories", name=None), labels(1, 2, 1)),
    Kind(
        "Roboflow's: a category 0 for all of the set, without objects",
        lambda c: c["categories"].insert(0, {"id": 0, "name": "kites", "supercategory": "none"}),
        lambda p: labels(2, 3, 2)(p) and p.categories[1:] == ["kites", "kite", "bird"],
    ),
    Kind(
        "VIA's: ids of pictures as text, a flat outline",
        lambda c: [
            _set(a, {"image_id": str(a["image_id"]), "segmentation": a["segmentation"][0]})
            for a in c["annotations"]
        ],
        same_boxes,
    ),
    # Outlines.
    Kind("a polygon outside a list", of_first(segmentation=polygon(10, 10, 30, 20)[0]), same_boxes),
    Kind(
        "a polygon of two points",
        of_first(segmentation=[[10, 10, 30, 20]]),
        said=FIRST + "a polygon must have three points or more, got 2",
    ),
    Kind(
        "one part of two points",
        of_first(segmentation=[*polygon(10, 10, 30, 20), [1, 1, 2, 2]]),
        said=FIRST + "a polygon must have three points or more, got 2",
    ),
    Kind(
        "half a point",
        of_first(segmentation=[[10, 10, 30, 20, 10, 20, 5]]),
        said=FIRST + "a polygon must be x1, y1, x2, y2, …, got 7 numbers",
    ),
    Kind(
        "points as pairs",
        of_first(segmentation=[[[10, 10], [30, 10], [30, 20]]]),
        said=FIRST + r"segmentation must hold finite numbers, got \[10, 10\]",
    ),
    Kind("run lengths", of_all(segmentation=RUNS), has("masks", True)),
    Kind(
        "run lengths of another size",
        of_first(segmentation={"size": [WIDTH, HEIGHT], "counts": [0, 2400]}),
        said=FIRST + r"segmentation must have the size of its picture, \[40, 60\] .*\[60, 40\]",
    ),
    Kind(
        "run lengths with another sum",
        of_first(segmentation={"size": [HEIGHT, WIDTH], "counts": [0, 240]}),
        said=FIRST + r"the counts of .* whose sum is 40 × 60 = 2400, got a sum of 240\.",
    ),
    Kind(
        "damaged compressed run lengths",
        of_first(segmentation={"size": [HEIGHT, WIDTH], "counts": "~~~~"}),
        said=FIRST + "the counts of a segmentation must be run lengths",
    ),
    Kind(
        "run lengths with a fraction",
        of_first(segmentation={"size": [HEIGHT, WIDTH], "counts": [0.5, 2399.5]}),
        said=FIRST + "the counts of a segmentation must be run lengths",
    ),
    Kind(
        "an outline far away",
        of_first(segmentation=polygon(10, 10, 1e9, 20)),
        said=FIRST + "segmentation must lie in its picture, 60 × 40 pixels",
    ),
    Kind(
        "an outline that is text",
        of_first(segmentation="polygon"),
        said=FIRST + "segmentation must be a list of polygons or run lengths, got 'polygon'",
    ),
    # Keypoints.
    Kind("keypoints", read=shape_of("keypoints", [2, 5, 3], [1, 5, 3])),
    Kind(
        "keypoints is [] for one: not labelled",
        of_first(keypoints=[]),
        lambda p: same_boxes(p) and p[0][1]["keypoints"].sum((1, 2)).tolist() == [0, 117],
    ),
    Kind("keypoints is [] for all", of_all(keypoints=[]), has("keypoints", False)),
    Kind("no keypoints", of_all(keypoints=...), has("keypoints", False)),
    Kind("keypoints not asked for", read=has("keypoints", False), options={"keypoints": False}),
    Kind(
        "keypoints without names",
        lambda c: [category.pop("keypoints") for category in c["categories"]],
        lambda p: (
            same_boxes(p)
            and p.keypoint_names[4] == "keypoint 5"
            and len(p[0][1]["keypoints"][0]) == 5
        ),
    ),
    Kind(
        "keypoints of another number",
        of_first(keypoints=DOTS[:12]),
        said=FIRST + "keypoints must be 5, .* three numbers each, got 12 numbers",
        boxes_alone=True,
    ),
    Kind(
        "keypoints of another number, boxes asked for",
        of_first(keypoints=DOTS[:12]),
        has("keypoints", False),
        options={"keypoints": False},
    ),
    Kind(
        "keypoints as pairs",
        of_first(keypoints=DOTS[:10]),
        said=FIRST + ".* three numbers each, got 10 numbers",
    ),
    Kind(
        "visibility as a probability",
        of_first(keypoints=[12, 12, 0.87, *DOTS[3:]]),
        said=FIRST + r"the visibility of a keypoint must be 0 .* got 0\.87",
    ),
    Kind(
        "a visibility of 0 for all",
        of_all(keypoints=[0 if k % 3 == 2 else v for k, v in enumerate(DOTS)]),
        said=r"own\.json: keypoints must have a visibility of 1 or 2 to be learned, but all",
        boxes_alone=True,
    ),
    Kind(
        "no keypoint labelled",
        of_all(keypoints=[0] * 15),
        shape_of("keypoints", [2, 5, 3], [1, 5, 3]),
    ),
    Kind(
        "categories with other keypoints",
        of_first("categories", keypoints=NAMES[:4]),
        said=r"own\.json: a detector has one list of keypoints for all categories, but 'kite' has",
        boxes_alone=True,
    ),
    Kind(
        "a skeleton that counts from 0",
        of_first("categories", skeleton=[[0, 4]]),
        said=r"a skeleton must hold pairs of keypoints, counted from 1 to 5, got \[0, 4\]",
        boxes_alone=True,
    ),
    Kind(
        "no skeleton",
        lambda c: [r.pop("skeleton") for r in c["categories"]],
        lambda p: p.skeleton == (),
    ),
    # Ids.
    Kind(
        "category ids from 0: one more, so that none is background",
        renumbered(category=lambda number: number - 1),
        lambda p: labels(1, 2, 1)(p) and p.categories == ["__background__", "kite", "bird"],
    ),
    Kind(
        "category ids from 0, no categories",
        together(renumbered(category=lambda number: number - 1), without("categories")),
        said="each category_id must be a label of 1 or more, since 0 is the background, got 0",
    ),
    Kind(
        "a negative category id",
        renumbered(category=lambda number: -number),
        said="the id of a category must be from 0 to 99999, got -1",
    ),
    Kind(
        "an id that no category has",
        of_first(category_id=7),
        said=FIRST + r"category_id must be one of \[1, 2\], got 7",
    ),
    Kind("no category_id", of_first(category_id=...), said=FIRST + "category_id must be a whole"),
    Kind(
        "an id that no picture has",
        of_first(image_id=7),
        said="picture 7, annotation 11: image_id must be the id of one of the 2 pictures, got 7",
    ),
    Kind(
        "ids as text",
        renumbered(image=str, category=str),
        lambda p: labels(1, 2, 1)(p) and [t["image_id"].item() for _, t in p] == [1, 2],
    ),
    Kind("ids as 1.0", renumbered(image=float, category=float), labels(1, 2, 1)),
    Kind(
        "file names as ids",
        renumbered(image="picture {}".format),
        said="picture picture 1: the id of a picture must be a whole number, got 'picture 1'",
    ),
    Kind(
        "annotation ids as text",
        lambda c: [r.update(id=f"a-{r['id']}") for r in c["annotations"]],
        same_boxes,
    ),
    Kind("no annotation id", of_first(id=...), said="picture 1: the id of an annotation must be"),
    Kind(
        "annotation id twice",
        of_first(id=13),
        said="picture 2, annotation 13: each annotation must have an id of its own, got 13 again",
    ),
    Kind(
        "picture id twice",
        of_first("images", id=2),
        said=r"picture 2: each picture must have an id of its own, but 2 is 'one\.png' and",
    ),
    Kind(
        "category id twice",
        of_first("categories", id=2),
        said="each category must have an id of its own, but 2 is 'kite' and 'bird'",
    ),
    # Boxes.
    Kind("a box over the border: cut", of_first(bbox=[-3, 10, 20, 35]), first_box(0, 10, 17, 40)),
    Kind(
        "a box without width: left out",
        of_first(bbox=[10, 10, 0, 20]),
        lambda p: p[0][1]["boxes"].tolist() == BOXES[1:2],
    ),
    Kind(
        "a box outside",
        of_first(bbox=[61, 10, 20, 20]),
        said=FIRST + r"bbox must lie in its picture, 60 × 40 pixels, got \[61, 10, 20, 20\]",
    ),
    Kind(
        "a turned box",
        of_first(bbox=[30, 20, -20, -10]),
        said=FIRST + r"bbox must have a width and height of 0 or more, got \[30, 20, -20, -10\]",
    ),
    Kind(
        "NaN in a box",
        of_first(bbox=[math.nan, 10, 20, 10]),
        said=FIRST + "bbox must hold finite numbers, got nan",
    ),
    Kind(
        "infinity", of_first(area=math.inf), said=FIRST + "area must hold finite numbers, got inf"
    ),
    Kind("a negative area", of_first(area=-1), said=FIRST + "area must be 0 or more, got -1"),
    Kind("numbers as text", of_first(bbox=["10", "10", "20", "10"]), said=FIRST + "bbox must hold"),
    Kind("a box of five numbers", of_first(bbox=[10, 10, 20, 10, 30]), said=FIRST + "bbox must be"),
    Kind("a box by names", of_first(bbox={"x": 10}), said=FIRST + "bbox must be a list of numbers"),
    Kind("iscrowd 2", of_first(iscrowd=2), said=FIRST + "iscrowd must be 0 or 1, got 2"),
    Kind(
        "boxes as two corners",
        lambda c: [r.update(bbox=b) for r, b in zip(c["annotations"], BOXES, strict=True)],
        said=r"own\.json: bbox must be \[x, y, width, height\], but 1 of 3 boxes go over",
    ),
    Kind(
        "boxes as shares",
        lambda c: [r.update(bbox=[0.2, 0.3, 0.5, 0.4]) for r in c["annotations"]],
        said=r"own\.json: bbox must be in pixels, but all boxes lie within one pixel",
    ),
    # The file.
    Kind("empty file", lambda c: "", said=r"own\.json is not JSON: "),
    Kind("cut off", lambda c: json.dumps(c)[:-40], said=r"own\.json is not JSON: "),
    Kind("with a byte order mark", lambda c: "\ufeff" + json.dumps(c), same_boxes),
    Kind("in UTF-16", lambda c: json.dumps(c).encode("utf-16"), same_boxes),
    Kind(
        "packed", lambda c: gzip.compress(json.dumps(c).encode()), said=r"own\.json is not JSON: "
    ),
    Kind(
        "a record a line",
        lambda c: "\n".join(map(json.dumps, c["annotations"])),
        said=r"own\.json is not JSON: Extra data: line 2",
    ),
    Kind(
        "a list", lambda c: json.dumps(c["annotations"]), said="must hold COCO's images, .* a list"
    ),
    Kind(
        "labelme's", lambda c: json.dumps({"shapes": []}), said="named 'images', but there are none"
    ),
    Kind("no annotations", without("annotations"), said="named 'annotations', but there are none"),
    Kind(
        "annotations by id",
        lambda c: c.update(annotations={"11": c["annotations"][0]}),
        said="must hold a list of records named 'annotations', but it has {'11'",
    ),
    # Pictures.
    Kind(
        "no picture file",
        said=r"own\.json: picture 1: .*one\.png is missing",
        pictures={"one.png": None},
    ),
    Kind(
        "another case of letters",
        of_first("images", file_name="one.PNG"),
        said=r"picture 1: .*one\.PNG is missing, but 'one\.png' is there",
    ),
    Kind(
        "another way to write accents",
        of_first("images", file_name="\u00e9.png"),
        said=r"picture 1: .*\.png is missing, but 'e\\u0301\.png' is there",
        pictures={"e\u0301.png": stored(ramp())},
    ),
    Kind(
        "an address",
        of_first("images", file_name="http://localhost:8080/data/one.png"),
        said="picture 1: file_name must be the name of a file, got 'http://localhost",
    ),
    Kind(
        "a picture in the file itself",
        of_first("images", file_name="data:image;base64," + 400 * "A"),
        said="picture 1: file_name must be the name of a file, got 'data:image;base64,A+…",
    ),
    Kind(
        "no file name",
        of_first("images", file_name=...),
        said="picture 1: file_name must be the name of a file, got None",
    ),
    Kind(
        "truncated JPEG",
        said=r"own\.json: picture 1: .*one\.png is damaged or cut off",
        pictures={"one.png": jpeg(ramp())[:-300]},
    ),
    Kind(
        "text for a picture",
        said=r"own\.json: picture 1: .*one\.png is not a picture",
        pictures={"one.png": b"<html>404</html>"},
    ),
    Kind(
        "another size",
        said=r"picture 1: .*one\.png measures 30 × 20 pixels, but the file says 60 × 40",
        pictures={"one.png": stored(ramp(30, 20))},
    ),
    Kind("a size of 0", of_first("images", width=0), said="picture 1: width and height must be 1"),
    Kind(
        "a size that no picture has",
        together(
            of_first("images", width=2**31 - 1, height=2**31 - 1),
            of_first(bbox=..., segmentation=polygon(0, 0, 2e9, 2e9)),
        ),
        said="picture 1: width and height must be 1 to 65535 pixels",
    ),
    Kind(
        "turned by EXIF, annotated upright",
        read=brightness(0, 1),
        pictures={"one.png": jpeg(LEFT_TO_RIGHT.transpose(Image.Transpose.ROTATE_90), 6)},
    ),
    Kind(
        "turned by EXIF, annotated as stored",
        read=brightness(0, 1),
        pictures={"one.png": jpeg(LEFT_TO_RIGHT, 6)},
    ),
    Kind(
        "turned by EXIF upside down: nobody knows",
        said=r"picture 1: .*one\.png is turned by EXIF, and its size does not tell whether",
        pictures={"one.png": jpeg(LEFT_TO_RIGHT, 3)},
    ),
    Kind("16 bits", read=brightness(0, 1), pictures={"one.png": stored(IN_16_BITS)}),
    Kind(
        "palette",
        read=brightness(0, 1),
        pictures={"one.png": stored(LEFT_TO_RIGHT.convert("P"))},
    ),
    Kind("alpha: white", read=brightness(1, 1), pictures={"one.png": stored(SEE_THROUGH)}),
    Kind(
        "folders and spaces",
        of_first("images", file_name="day 1/a kite é.png"),
        same_boxes,
        pictures={"day 1/a kite é.png": stored(ramp())},
    ),
    Kind(
        "folders of Windows",
        of_first("images", file_name="day 1\\kite.png"),
        same_boxes,
        pictures={"day 1/kite.png": stored(ramp())},
    ),
]

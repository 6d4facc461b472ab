import random
import subprocess
import sys

import numpy as np
import pytest
import torch
from pycocotools import mask as rle
from torch.utils.data import DataLoader
from torchvision.ops import masks_to_boxes

from rcnn_course.datasets import CATEGORIES, KEYPOINT_NAMES, GeneratedPeople, evaluate_detections

PERSON = CATEGORIES.index("person")
HEAD = 5  # the first keypoints are of the face


@pytest.fixture(scope="module")
def pictures():
    people = GeneratedPeople(120)
    return [people[i] for i in range(len(people))]


@pytest.fixture(scope="module")
def targets(pictures):
    return [target for _, target in pictures]


def objects_of(targets):
    """Every object: its label, box, mask and keypoints."""
    for target in targets:
        yield from zip(
            target["labels"].tolist(),
            target["boxes"],
            target["masks"],
            target["keypoints"],
            strict=True,
        )


def people_of(targets):
    return ((box, mask, keypoints) for label, box, mask, keypoints in objects_of(targets)
            if label == PERSON)  # fmt: skip


def equal(first, second):
    (image, target), (other_image, other_target) = first, second
    return torch.equal(image, other_image) and all(
        torch.equal(target[key], other_target[key]) for key in target
    )


@pytest.mark.parametrize(
    ("size", "height", "width"), [(192, 192, 192), ((240, 320), 240, 320), ((100, 64), 100, 64)]
)
def test_a_picture_has_torchvisions_format(size, height, width):
    image, target = GeneratedPeople(3, size=size)[2]
    count = len(target["labels"])
    layout = {key: (tensor.dtype, tuple(tensor.shape)) for key, tensor in target.items()}
    assert (image.dtype, tuple(image.shape)) == (torch.float32, (3, height, width))
    assert 0 <= image.min() < image.max() <= 1
    assert layout == {
        "boxes": (torch.float32, (count, 4)),
        "labels": (torch.int64, (count,)),
        "masks": (torch.uint8, (count, height, width)),
        "keypoints": (torch.float32, (count, 17, 3)),
        "area": (torch.float32, (count,)),
        "iscrowd": (torch.int64, (count,)),
        "image_id": (torch.int64, ()),
    }
    assert target["image_id"] == 2


def test_boxes_are_the_exact_extent_of_the_masks(targets):
    for target in targets:
        boxes = masks_to_boxes(target["masks"])  # to the last pixel's own column and row
        boxes[:, 2:] += 1
        assert torch.equal(target["boxes"], boxes)


def test_boxes_and_areas_agree_with_pycocotools(targets):
    for target in targets:
        masks = rle.encode(np.asfortranarray(target["masks"].permute(1, 2, 0).numpy()))
        corners, sides = target["boxes"][:, :2], target["boxes"][:, 2:] - target["boxes"][:, :2]
        np.testing.assert_array_equal(rle.toBbox(masks), torch.cat([corners, sides], dim=1))
        np.testing.assert_array_equal(rle.area(masks), target["area"])


def test_a_pixel_belongs_to_one_object_at_most(targets):
    assert all(target["masks"].sum(dim=0).max() == 1 for target in targets)


def test_visible_keypoints_lie_in_the_persons_mask(targets):
    for _, mask, keypoints in people_of(targets):
        x, y = keypoints[keypoints[:, 2] == 2][:, :2].long().unbind(dim=1)
        assert mask[y, x].all()


def test_hidden_keypoints_of_the_body_lie_where_something_else_is_seen(targets):
    hidden = 0
    for _, mask, keypoints in people_of(targets):
        body = keypoints[HEAD:]
        x, y = body[body[:, 2] == 1][:, :2].long().unbind(dim=1)
        assert not mask[y, x].any()
        hidden += len(x)
    assert hidden > 20


def test_very_small_people_have_no_labelled_keypoints(targets):
    small = [points for _, mask, points in people_of(targets) if mask.sum() < 400]
    assert len(small) > 20
    assert not torch.stack(small).any()


def test_keypoints_outside_the_picture_are_zero(targets):
    outside = 0
    for _, mask, keypoints in people_of(targets):
        height, width = mask.shape
        x, y, visibility = keypoints.unbind(dim=1)
        assert not keypoints[visibility == 0].any()
        assert ((x >= 0) & (x < width) & (y >= 0) & (y < height)).all()
        outside += int((visibility == 0).sum())
    assert outside > 20


def test_things_have_no_keypoints(targets):
    things = [points for label, _, _, points in objects_of(targets) if label != PERSON]
    assert len(things) > 20
    assert not torch.stack(things).any()


def test_both_eyes_of_a_face_that_looks_here_are_seen_left_on_the_right(targets):
    left, right = KEYPOINT_NAMES.index("left_eye"), KEYPOINT_NAMES.index("right_eye")
    keypoints = torch.stack([points for _, _, points in people_of(targets)])
    seen = keypoints[(keypoints[:, [left, right], 2] == 2).all(dim=1)]
    assert len(seen) > 20
    assert (seen[:, left, 0] > seen[:, right, 0]).all()


def test_a_nose_on_the_far_side_of_the_head_is_hidden(targets):
    on_the_head = [
        points
        for _, mask, points in people_of(targets)
        if points[0, 2] == 1 and mask[int(points[0, 1]), int(points[0, 0])]
    ]
    assert len(on_the_head) > 10


def test_people_are_cut_off_by_every_side_of_the_picture(targets):
    cut = np.zeros(4)
    for (x1, y1, x2, y2), mask, keypoints in people_of(targets):
        height, width = mask.shape
        if (keypoints[:, 2] == 0).any():
            cut += [x1 == 0, y1 == 0, x2 == width, y2 == height]
    assert (cut > 0).all()


def test_pictures_vary_in_number_size_and_category(targets):
    heights = torch.tensor([box[3] - box[1] for box, _, _ in people_of(targets)])
    counts = {int((target["labels"] == PERSON).sum()) for target in targets}
    labels = {label for label, _, _, _ in objects_of(targets)}
    assert counts >= {1, 2, 3, 4}
    assert labels == {1, 2, 3, 4}
    assert heights.min() < 30
    assert heights.max() == 192
    assert 50 < heights.median() < 100


def test_every_person_can_be_recognised(targets):
    for _, mask, keypoints in people_of(targets):
        assert mask.sum() >= 30
        assert (keypoints[:, 2] > 0).sum() >= (3 if mask.sum() >= 400 else 0)
    assert all((target["labels"] == PERSON).any() for target in targets)


def test_the_truth_against_itself_has_an_ap_of_one(targets):
    outputs = [target | {"scores": torch.ones(len(target["labels"]))} for target in targets[:40]]
    result = evaluate_detections(targets[:40], outputs, categories=CATEGORIES)
    assert (result.bbox.AP, result.segm.AP, result.keypoints.AP) == (1.0, 1.0, 1.0)
    assert set(result.bbox.per_category) == set(CATEGORIES[1:])


def test_a_picture_looks_as_it_always_did():
    """The bundled detector was trained on these pictures, so they must not drift."""
    image, target = GeneratedPeople(12)[11]
    colours = 100 * torch.nn.functional.adaptive_avg_pool2d(image, 2)
    boxes = [
        [3.0, 76.0, 22.0, 113.0],
        [79.0, 108.0, 95.0, 132.0],
        [130.0, 130.0, 166.0, 167.0],
        [142.0, 67.0, 192.0, 169.0],
        [19.0, 73.0, 65.0, 192.0],
        [93.0, 44.0, 134.0, 192.0],
    ]
    red, green, blue = [72.8, 69.8, 67.7, 49.2], [75.9, 68.7, 57.7, 48.1], [69.1, 62.4, 56.4, 44.6]
    assert target["labels"].tolist() == [1, 4, 2, 1, 1, 1]
    torch.testing.assert_close(target["boxes"], torch.tensor(boxes), atol=1, rtol=0)
    assert colours.flatten().tolist() == pytest.approx(red + green + blue, abs=1)


def test_workers_draw_the_same_bytes(pictures):
    people = GeneratedPeople(6)
    loader = DataLoader(people, batch_size=None, num_workers=2, multiprocessing_context="spawn")
    drawn = list(loader)
    assert len(drawn) == 6
    assert all(equal(*pair) for pair in zip(drawn, pictures[:6], strict=True))


def test_a_picture_depends_on_seed_and_index_alone(pictures):
    random.seed(5)
    torch.manual_seed(5)
    people = GeneratedPeople(7)
    assert equal(people[4], pictures[4])
    assert equal(people[-3], pictures[4])
    assert not equal(people[5], pictures[4])
    assert not torch.equal(GeneratedPeople(7, seed=1)[4][0], pictures[4][0])


ALONE = """
import random
import numpy as np
import torch
from rcnn_course.datasets import GeneratedPeople

def states():
    return random.getstate(), torch.get_rng_state().tolist(), np.random.get_state()[1].tolist()

before = states()
GeneratedPeople(1)[0]
assert states() == before
"""


def test_drawing_leaves_everybodys_random_numbers_alone():
    """In a process of its own: in this one, threads that other tests have left may draw some."""
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_data_set_ends_after_its_length():
    assert len(list(GeneratedPeople(2))) == 2
    assert list(GeneratedPeople(0)) == []


@pytest.mark.parametrize("index", [2, -3])
def test_an_index_outside_is_refused(index):
    with pytest.raises(IndexError, match=f"index must be of 2 pictures, but got {index}"):
        GeneratedPeople(2)[index]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"length": -1}, ValueError, "length must be 0 or more, but got -1"),
        ({"length": 1, "size": 63}, ValueError, "size must be 64 pixels or more a side.*63"),
        ({"length": 1, "size": (192, 8)}, ValueError, r"64 pixels or more a side.*\(192, 8\)"),
        ({"length": 1, "size": 192.0}, TypeError, r"size must be an int or \(height, width\)"),
        ({"length": 1, "size": (1, 2, 3)}, TypeError, r"size must be an int or \(height, width\)"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        GeneratedPeople(**arguments)

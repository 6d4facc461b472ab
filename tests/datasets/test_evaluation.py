import json
import math

import numpy as np
import pytest
import torch
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from rcnn_course.datasets.evaluation import evaluate_detections

EMPTY = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
NO_DETECTION = {**EMPTY, "scores": torch.zeros(0)}


def target(*boxes, labels=None, **others):
    labels = torch.tensor(labels or [1] * len(boxes))
    return {"boxes": torch.tensor(boxes, dtype=torch.float32), "labels": labels, **others}


def output(*boxes, scores=None, labels=None, **others):
    scores = torch.tensor(scores or [0.9] * len(boxes))
    return {**target(*boxes, labels=labels), "scores": scores, **others}


def block_mask(x1, y1, x2, y2, *, value=1.0, height=100, width=120):
    mask = torch.zeros(height, width)
    mask[y1:y2, x1:x2] = value
    return mask


def pose(*, visibility=2):
    x, y = torch.linspace(10, 50, 17), torch.linspace(20, 90, 17)
    return torch.stack([x, y, torch.full((17,), float(visibility))], dim=1)


A, B, C = [0, 0, 40, 40], [60, 0, 100, 40], [0, 60, 40, 100]


def test_ap_is_the_share_of_iou_thresholds_that_a_loose_box_reaches():
    result = evaluate_detections([target([0, 0, 100, 100])], [output([0, 0, 62, 100])])
    assert result.bbox.AP == 0.3  # IoU 0.62 passes 0.50, 0.55 and 0.60
    assert (result.bbox.AP50, result.bbox.AP75) == (1.0, 0.0)
    assert result.bbox.AR == 0.3
    assert result.segm is None
    assert result.keypoints is None


def test_ap_averages_interpolated_precision_over_recall():
    detections = output(A, C, B, scores=[0.9, 0.8, 0.7])
    result = evaluate_detections([target(A, B)], [detections])
    expected = (51 + 50 * 2 / 3) / 101  # precision 1 up to recall 0.50, then 2/3 at 50 levels
    assert math.isclose(result.bbox.AP, expected)
    assert (result.bbox.AR_1, result.bbox.AR_10) == (0.5, 1.0)


def test_ap_counts_a_false_alarm_in_a_picture_without_ground_truth():
    outputs = [output(A, scores=[0.9]), output(A, scores=[0.8])]
    assert evaluate_detections([EMPTY, target(A)], outputs).bbox.AP == 0.5


def test_ap_is_measured_by_category_and_then_averaged():
    targets = [target(A, B, labels=[1, 3])]
    outputs = [output(A, B, labels=[1, 1], scores=[0.9, 0.8])]
    names = ["__background__", "person", "N/A", "ball"]
    scores = evaluate_detections(targets, outputs, categories=names).bbox
    assert scores.per_category == {"person": 1.0, "ball": 0.0}
    assert scores.AP == 0.5


def test_crowd_swallows_the_detections_inside_it():
    inside = [62, 2, 70, 10]
    outputs = [output(A, inside, inside, scores=[0.7, 0.9, 0.8])]
    crowd = target(A, B, iscrowd=torch.tensor([0, 1]))
    assert evaluate_detections([crowd], outputs).bbox.AP == 1.0
    assert evaluate_detections([target(A, B)], outputs).bbox.AP < 0.2


def test_category_of_crowds_alone_has_no_ap_and_no_curve():
    truth = target(A, B, labels=[1, 2], iscrowd=torch.tensor([0, 1]))
    scores = evaluate_detections([truth], [output(A)]).bbox
    assert scores.AP == 1.0
    assert math.isnan(scores.per_category["category 2"])
    assert np.isnan(scores.precision[..., 1]).all()


def test_size_comes_from_area_then_from_the_mask_then_from_the_box():
    box, mask = [0, 0, 40, 40], block_mask(0, 0, 40, 20)[None]  # box 40² is medium, mask is small
    by_box = evaluate_detections([target(box)], [output(box)]).bbox
    by_mask = evaluate_detections([target(box, masks=mask)], [output(box)]).bbox
    area = torch.tensor([9500.0])
    by_area = evaluate_detections([target(box, masks=mask, area=area)], [output(box)]).bbox
    assert (by_box.AP_medium, by_mask.AP_small, by_area.AP_large) == (1.0, 1.0, 1.0)
    assert math.isnan(by_box.AP_small)
    assert math.isnan(by_mask.AP_medium)
    assert math.isnan(by_area.AP_small)


def test_mask_ap_compares_masks_and_not_boxes():
    truth = target(A, masks=block_mask(0, 0, 40, 40)[None].bool())
    found = output(A, masks=block_mask(0, 0, 31, 40)[None])
    result = evaluate_detections([truth], [found])
    assert result.bbox.AP == 1.0
    assert result.segm.AP == 0.6  # IoU 0.775 passes 0.50 to 0.75


def test_soft_masks_are_cut_at_one_half_in_either_shape():
    truth = target(A, masks=block_mask(0, 0, 40, 40)[None].to(torch.uint8))
    soft = block_mask(0, 0, 40, 40, value=0.6) + block_mask(60, 60, 90, 90, value=0.5)
    for masks in (soft[None], soft[None, None]):
        assert evaluate_detections([truth], [output(A, masks=masks)]).segm.AP == 1.0


def test_keypoint_ap_is_measured_by_oks():
    found = pose()
    found[0, 0] += 1000  # a lost keypoint: OKS 16/17 = 0.94 passes 0.50 to 0.90
    scores = evaluate_detections(
        [target(A, keypoints=pose()[None])], [output(A, keypoints=found[None])]
    ).keypoints
    assert scores.AP == 0.9
    assert (scores.AP50, scores.AP75, scores.AR50, scores.AR75) == (1.0, 1.0, 1.0, 1.0)


def test_keypoint_ap_skips_unlabelled_keypoints():
    truth, found = pose(), pose()
    truth[0] = 0  # x, y and visibility 0: not labelled
    found[0, 0] += 1000
    result = evaluate_detections(
        [target(A, keypoints=truth[None])], [output(A, keypoints=found[None])]
    )
    assert result.keypoints.AP == 1.0


def test_keypoint_ap_leaves_out_things_and_ignores_people_without_keypoints():
    nothing = torch.zeros(17, 3)
    truth = target(A, B, C, labels=[1, 1, 2], keypoints=torch.stack([pose(), nothing, nothing]))
    on_b = pose() + torch.tensor([60.0, -20, 0])
    found = output(
        *(B, C, A),
        labels=[1, 2, 1],
        scores=[0.9, 0.8, 0.7],
        keypoints=torch.stack([on_b, pose(), pose()]),
    )
    scores = evaluate_detections([truth], [found], categories=["", "person", "ball"]).keypoints
    assert scores.per_category == {"person": 1.0}
    assert scores.AP == 1.0


def test_truth_against_itself_is_exactly_one():
    masks = torch.stack([block_mask(*A), block_mask(*B)])
    keypoints = torch.stack([pose(), pose() + torch.tensor([20.0, 5, 0])])
    truth = target(A, B, labels=[1, 2], masks=masks, keypoints=keypoints)
    found = {**truth, "scores": torch.ones(2), "masks": masks[:, None]}
    result = evaluate_detections([truth], [found])
    assert (result.bbox.AP, result.segm.AP, result.keypoints.AP) == (1.0, 1.0, 1.0)


def test_no_detection_at_all_scores_zero():
    masks, keypoints = block_mask(*A)[None], pose()[None]
    nothing = {
        **NO_DETECTION,
        "masks": torch.zeros(0, 1, 100, 120),
        "keypoints": torch.zeros(0, 17, 3),
    }
    result = evaluate_detections([target(A, masks=masks, keypoints=keypoints)], [nothing])
    for scores in (result.bbox, result.segm, result.keypoints):
        assert (scores.AP, scores.AP50, scores.AR) == (0.0, 0.0, 0.0)


def test_no_ground_truth_at_all_has_no_ap():
    truth = {**EMPTY, "masks": torch.zeros(0, 100, 120), "keypoints": torch.zeros(0, 17, 3)}
    found = output(A, masks=block_mask(*A)[None, None], keypoints=pose()[None])
    result = evaluate_detections([truth], [found])
    for scores in (result.bbox, result.segm, result.keypoints):
        assert math.isnan(scores.AP)
        assert scores.per_category == {}
        assert scores.precision.shape == (10, 101, 0)


def test_precision_holds_the_curve_of_each_category():
    detections = output(A, C, B, scores=[0.9, 0.8, 0.7])
    scores = evaluate_detections([target(A, B)], [detections]).bbox
    curve = scores.precision[0, :, 0]
    assert curve[[0, 50, 51, 100]] == pytest.approx([1, 1, 2 / 3, 2 / 3])
    assert scores.recall_levels[[0, 50, 100]] == pytest.approx([0, 0.5, 1])
    assert scores.iou_thresholds == pytest.approx(np.arange(0.5, 0.96, 0.05))


def test_curves_are_means_over_categories_whose_mean_is_the_ap():
    truth = target(A, B, C, labels=[1, 2, 3], iscrowd=torch.tensor([0, 0, 1]))
    scores = evaluate_detections([truth], [output(A)]).bbox
    means = {at: curve.mean() for at, curve in scores.curves().items()}
    assert means == pytest.approx({0.5: scores.AP50, 0.75: scores.AP75, 0.95: 0.5})
    curves = scores.curves_by_category(iou_threshold=0.55)
    means = {name: curve.mean() for name, curve in curves.items()}
    assert means == pytest.approx({"category 1": 1, "category 2": 0})
    with pytest.raises(ValueError, match=r"must be one of 0\.50, 0\.55, …, 0\.95, got 0\.51"):
        scores.curves(iou_thresholds=[0.51])


def test_without_ground_truth_there_is_no_curve():
    scores = evaluate_detections([EMPTY], [output(A)]).bbox
    assert scores.curves() == {}
    assert scores.curves_by_category() == {}


def test_evaluation_prints_nothing_and_accepts_generators(capfd):
    result = evaluate_detections(iter([target(A)] * 3), (output(A) for _ in range(3)))
    assert result.bbox.AP == 1.0
    assert capfd.readouterr() == ("", "")


def test_evaluation_leaves_its_input_alone():
    truth, found = target(A, masks=block_mask(*A)[None]), output(A, masks=block_mask(*A)[None])
    before = {key: value.clone() for key, value in found.items()}
    evaluate_detections([truth], [found])
    assert truth.keys() == {"boxes", "labels", "masks"}
    assert all(torch.equal(found[key], before[key]) for key in before)


def test_iou_types_choose_what_is_measured():
    truth, found = target(A, masks=block_mask(*A)[None]), output(A, masks=block_mask(*A)[None])
    result = evaluate_detections([truth], [found], iou_types=["segm"])
    assert result.bbox is None
    assert result.segm.AP == 1.0


def test_evaluation_shows_itself_as_tables():
    result = evaluate_detections([target(A, B, labels=[1, 2])], [output(A)])
    assert repr(result).splitlines() == [
        "         AP   AP50   AP75  AP_small  AP_medium  AP_large     AR",
        "bbox  0.500  0.500  0.500         –      0.500         –  0.500",
        "",
        "AP by category   bbox",
        "category 1      1.000",
        "category 2      0.000",
    ]
    assert "| category 2 | 0.000 |" in result._repr_markdown_().splitlines()


@pytest.mark.parametrize(
    ("truths", "outputs", "message"),
    [
        ([], [], "targets and outputs must hold at least one picture"),
        ([EMPTY], [], "equally long, but outputs ended after 0"),
        ([EMPTY], [NO_DETECTION] * 2, "equally long, but targets ended after 1"),
        ([{"boxes": torch.zeros(0, 4)}], [NO_DETECTION], r"targets\[0\] has no 'labels', only \["),
        ([target(A)], [target(A)], r"outputs\[0\] has no 'scores'"),
        (
            [{**EMPTY, "boxes": torch.zeros(0)}],
            [NO_DETECTION],
            r"targets\[0\]\['boxes'\] must have shape \[0, 4\], but got \[0\]",
        ),
        (
            [target(A)],
            [output(A, B, scores=[0.9])],
            r"outputs\[0\]\['scores'\] must have shape \[2\], but got \[1\]",
        ),
        (
            [target(A, keypoints=torch.zeros(1, 17, 3))],
            [output(A, keypoints=torch.zeros(1, 17, 2))],
            r"outputs\[0\]\['keypoints'\] must have shape \[1, 17, 3\], but got \[1, 17, 2\]",
        ),
        (
            [target(A, masks=torch.zeros(1, 8, 9))],
            [output(A, masks=torch.zeros(1, 1, 9, 8))],
            r"outputs\[0\]\['masks'\] must be as large as .* \[8, 9\], but got \[9, 8\]",
        ),
        ([target(A)], [output(A, scores=[math.nan])], r"outputs\[0\]\['scores'\] must be finite"),
    ],
)
def test_evaluation_refuses_what_does_not_fit(truths, outputs, message):
    with pytest.raises(ValueError, match=message):
        evaluate_detections(truths, outputs)


def test_evaluation_refuses_a_picture_that_is_no_dictionary():
    with pytest.raises(TypeError, match=r"outputs\[0\] is a str"):
        evaluate_detections([target(A)], output(A))


def test_evaluation_refuses_keypoints_that_only_later_pictures_lack():
    first = target(A, keypoints=pose()[None]), output(A, keypoints=pose()[None])
    with pytest.raises(ValueError, match=r"outputs\[1\] has no 'keypoints'"):
        evaluate_detections([first[0]] * 2, [first[1], output(A)])


def test_evaluation_refuses_unknown_iou_types_and_unnamed_labels():
    with pytest.raises(ValueError, match=r"iou_types must be some of .*'segm'.* but got .*'masks'"):
        evaluate_detections([target(A)], [output(A)], iou_types=["masks"])
    with pytest.raises(ValueError, match="its 1 names have none for 1"):
        evaluate_detections([target(A)], [output(A)], categories=["__background__"])


def random_pictures(seed=0, pictures=12, height=120, width=160, count=17):
    """Give COCO annotations and results, drawn at random, with crowds and empty pictures."""
    generator = np.random.default_rng(seed)

    def thing(picture):
        x, y = generator.uniform(0, width - 60), generator.uniform(0, height - 60)
        w, h = generator.uniform(8, 60, size=2)
        polygon = [x, y, x + w, y, x + w, y + h / 2, x, y + h]
        mask = rle.merge(rle.frPyObjects([polygon], height, width))
        keypoints = np.stack(
            [generator.uniform(x, x + w, count), generator.uniform(y, y + h, count), [2] * count], 1
        )
        return {
            "image_id": picture,
            "category_id": int(generator.integers(1, 4)),
            "bbox": [x, y, w, h],
            "area": float(rle.area(mask)),
            "segmentation": {"size": mask["size"], "counts": mask["counts"].decode()},
            "keypoints": keypoints.ravel().tolist(),
            "num_keypoints": count,
            "iscrowd": int(generator.random() < 0.1),
        }

    def near(annotation):
        noise = generator.normal(0, 2, size=(count, 3)) * [1, 1, 0]
        x, y, w, h = annotation["bbox"] + generator.normal(0, 2, size=4)
        polygon = [x, y, x + w, y, x + w, y + h / 2, x, y + h]
        mask = rle.merge(rle.frPyObjects([polygon], height, width))
        return {
            "image_id": annotation["image_id"],
            "category_id": annotation["category_id"],
            "bbox": [x, y, w, h],
            "segmentation": {"size": mask["size"], "counts": mask["counts"].decode()},
            "keypoints": (noise.ravel() + annotation["keypoints"]).tolist(),
            "score": float(generator.random()),
        }

    annotations = [thing(p) for p in range(1, pictures) for _ in range(generator.integers(0, 6))]
    false_alarms = [thing(p) for p in range(pictures) for _ in range(3)]
    results = [near(a) for a in [*annotations, *annotations, *false_alarms]]
    for number, annotation in enumerate(annotations, start=1):
        annotation["id"] = number
        if annotation["category_id"] == 3 or generator.random() < 0.2:
            annotation.update(keypoints=[0.0] * 3 * count, num_keypoints=0)
    images = [{"id": p, "height": height, "width": width} for p in range(pictures)]
    categories = [{"id": label, "name": f"category {label}"} for label in (1, 2, 3)]
    return {"images": images, "annotations": annotations, "categories": categories}, results


def tensors(records, height=120, width=160, count=17):
    boxes = torch.tensor([r["bbox"] for r in records], dtype=torch.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    masks = [torch.from_numpy(rle.decode(r["segmentation"])) for r in records]
    keypoints = torch.tensor([r["keypoints"] for r in records], dtype=torch.float64)
    return {
        "boxes": boxes,
        "labels": torch.tensor([r["category_id"] for r in records], dtype=torch.int64),
        "masks": torch.stack(masks) if masks else torch.zeros(0, height, width),
        "keypoints": keypoints.reshape(-1, count, 3),
    }


def evaluated(truth, results, *, count=17, **options):
    """Give annotations and results as tensors to `evaluate_detections`."""
    targets, outputs = [], []
    for image in truth["images"]:
        here = [a for a in truth["annotations"] if a["image_id"] == image["id"]]
        extra = {key: torch.tensor([a[key] for a in here]) for key in ("area", "iscrowd")}
        targets.append({**tensors(here, count=count), **extra})
        found = [r for r in results if r["image_id"] == image["id"]]
        scores = torch.tensor([r["score"] for r in found], dtype=torch.float64)
        outputs.append({**tensors(found, count=count), "scores": scores})
    return evaluate_detections(targets, outputs, **options)


@pytest.fixture
def plain(tmp_path):
    """Run pycocotools directly, on files; `change` is called with its parameters."""

    def plain(truth, results, iou_type, change=lambda params: None):
        (tmp_path / "truth.json").write_text(json.dumps(truth))
        coco = COCO(str(tmp_path / "truth.json"))
        fields = {"bbox": "bbox", "segm": "segmentation", "keypoints": "keypoints"}
        kept = ("image_id", "category_id", "score", fields[iou_type])
        (tmp_path / "results.json").write_text(
            json.dumps([{k: r[k] for k in kept} for r in results])
        )
        evaluation = COCOeval(coco, coco.loadRes(str(tmp_path / "results.json")), iou_type)
        change(evaluation.params)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        return evaluation

    return plain


def named(scores, iou_type):
    """Return scores in the order of `COCOeval.stats`, -1 for what has no number."""
    names = "AP AP50 AP75 AP_small AP_medium AP_large AR_1 AR_10 AR AR_small AR_medium AR_large"
    if iou_type == "keypoints":
        names = "AP AP50 AP75 AP_medium AP_large AR AR50 AR75 AR_medium AR_large"
    return np.nan_to_num([getattr(scores, name) for name in names.split()], nan=-1).tolist()


@pytest.mark.parametrize("seed", range(3))
def test_evaluation_agrees_with_plain_pycocotools(seed, plain):
    truth, results = random_pictures(seed)
    evaluation = evaluated(truth, results)
    for iou_type in ("bbox", "segm", "keypoints"):
        scores = getattr(evaluation, iou_type)
        assert 0.05 < scores.AP < 0.95
        expected = plain(truth, results, iou_type).stats
        assert named(scores, iou_type) == pytest.approx(expected.tolist())


SIGMAS = [0.05, 0.1, 0.02, 0.08, 0.15]


@pytest.mark.parametrize("seed", range(3))
def test_evaluation_with_own_sigmas_agrees_with_plain_pycocotools(seed, plain):
    truth, results = random_pictures(seed, count=5)

    def change(params):
        params.kpt_oks_sigmas = np.array(SIGMAS)

    scores = evaluated(truth, results, count=5, sigmas=SIGMAS).keypoints
    expected = plain(truth, results, "keypoints", change).stats
    assert 0.05 < scores.AP < 0.95
    assert named(scores, "keypoints") == pytest.approx(expected.tolist())


@pytest.mark.parametrize("iou_type", ["bbox", "segm"])
def test_evaluation_by_other_sizes_agrees_with_plain_pycocotools(iou_type, plain):
    truth, results = random_pictures()

    def change(params):
        params.areaRng = [[0, 1e10], [0, 400], [400, 1600], [1600, 1e10]]

    scores = getattr(evaluated(truth, results, size_limits=(20, 40)), iou_type)
    expected = plain(truth, results, iou_type, change).stats
    assert named(scores, iou_type) == pytest.approx(expected.tolist())
    assert min(scores.AP_small, scores.AP_medium, scores.AP_large) >= 0


def test_more_than_100_detections_agree_with_plain_pycocotools(plain):
    boxes = [[12 * (k % 12), 10 * (k // 12), 10, 8] for k in range(144)]
    records = [
        {
            "image_id": 0,
            "category_id": 1,
            "bbox": box,
            "area": 80,
            "iscrowd": 0,
            "id": k + 1,
            "score": 1 - k / 200,
        }
        for k, box in enumerate(boxes)
    ]
    truth = {
        "images": [{"id": 0}],
        "annotations": records,
        "categories": [{"id": 1, "name": "kite"}],
    }

    def change(params):
        params.maxDets = [1, 10, 300]

    corners = torch.tensor(boxes, dtype=torch.float32)
    corners[:, 2:] += corners[:, :2]
    found = {"boxes": corners, "labels": torch.ones(144, dtype=torch.int64)}
    found["scores"] = torch.tensor([record["score"] for record in records])
    for most, expected in ((300, 1.0), (None, 100 / 144)):
        recall = evaluate_detections([found], [found], max_detections=most).bbox.AR
        assert recall == pytest.approx(expected)
    scores = evaluate_detections([found], [found], max_detections=300).bbox
    evaluation = plain(truth, records, "bbox", change)
    precision = evaluation.eval["precision"][..., 0, -1]
    assert scores.AP == pytest.approx(precision[precision > -1].mean()) == 1
    expected = evaluation.stats.tolist()[1:]  # pycocotools gives AP itself for 100 alone, else -1
    assert named(scores, "bbox")[1:] == pytest.approx(expected)


def test_own_keypoints_need_their_sigmas():
    five = target(A, keypoints=pose()[None, :5])
    found = {**five, "scores": torch.ones(1)}
    with pytest.raises(ValueError, match=r"sigmas must be given, one for each of the 5 keypoints"):
        evaluate_detections([five], [found])
    with pytest.raises(ValueError, match=r"must have shape \[1, 4, 3\], but got \[1, 5, 3\]"):
        evaluate_detections([five], [found], sigmas=[0.1] * 4)
    assert evaluate_detections([five], [found], sigmas=[0.1] * 5).keypoints.AP == 1.0
    assert evaluate_detections([five], [found], iou_types=["bbox"]).bbox.AP == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sigmas": [0.1, 0]}, r"sigmas must be numbers above 0, .* got \[0\.1, 0\]"),
        ({"size_limits": (96, 32)}, r"two sides in pixels, the smaller first, got \(96, 32\)"),
        ({"max_detections": 0}, "max_detections must be 1 or more, got 0"),
    ],
)
def test_evaluation_refuses_settings_that_are_none(options, message):
    with pytest.raises(ValueError, match=message):
        evaluate_detections([target(A)], [output(A)], **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sigmas": 0.05}, "sigmas must be a sequence of numbers, got 0.05"),
        ({"sigmas": "0.05"}, "sigmas must be a sequence of numbers, got '0.05'"),
        ({"sigmas": [[0.1, 0.2]]}, r"sigmas must be a sequence of numbers, got \[\[0\.1"),
        ({"size_limits": 32}, "size_limits must be a sequence of numbers, got 32"),
        ({"size_limits": (32, None)}, "size_limits must be a sequence of numbers"),
        ({"max_detections": "100"}, "max_detections must be a whole number, got '100'"),
        ({"max_detections": 2.5}, "max_detections must be a whole number, got 2.5"),
        ({"iou_types": "bbox"}, "iou_types must be a sequence of words, or None, but got 'bbox'"),
        ({"categories": 3}, "categories must be a sequence of words, or None, but got 3"),
        ({"categories": ["none", 1]}, "categories must be a sequence of words, or None, but got"),
    ],
)
def test_evaluation_says_of_what_kind_an_option_is(options, message):
    with pytest.raises(TypeError, match=message):
        evaluate_detections([target(A)], [output(A)], **options)


def test_options_may_be_tensors_and_arrays():
    options = {"sigmas": torch.full((17,), 0.1), "size_limits": np.array([32, 96])}
    found = evaluate_detections([target(A)], [output(A)], max_detections=np.int64(5), **options)
    assert found.bbox.AP == 1.0

"""Answers to the exercises of 11_your_own_data: wrong, right in other ways, and handed over.

`n06_roi_align` explains the three names.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_CORNERS = "boxes[:, 2:] += boxes[:, :2]"
_KEPT = 'kept = [annotation for annotation in annotations if not annotation.get("iscrowd", 0)]'
_LABELS = 'labels = [ids.index(annotation["category_id"]) + 1 for annotation in kept]'
_IDS = 'ids = sorted(category["id"] for category in categories)'
_CUT = """\
    boxes[:, 0::2].clamp_(0, width)
    boxes[:, 1::2].clamp_(0, height)
"""
_AREA = "return {name: values[has_area] for name, values in target.items()}"
_MERGED = "run_length.merge(run_length.frPyObjects(packed, height, width))"
_POINTS = "points = torch.tensor(points, dtype=torch.float32).reshape(len(kept), count, 3)"

_FLIPPED = "return image.flip(-1), flipped"
_BOXES = "torch.stack([width - x2, y1, width - x1, y2], dim=1)"
_FLIP_POINTS = 'target["keypoints"][:, list(flip_indices)]'
_MASKS = 'flipped["masks"] = target["masks"].flip(-1)'
_WIDTH = "width = image.shape[-1]\n"
_X = "x = torch.where(v > 0, width - x, x)"
_STACKED = 'flipped["keypoints"] = torch.stack([x, y, v], dim=2)'

_BOX_NEW = "heads.box_predictor = FastRCNNPredictor(inputs, num_classes)"
_MASK_NEW = "heads.mask_predictor = MaskRCNNPredictor(inputs, inside, num_classes)"
_KEYPOINT_NEW = "heads.keypoint_predictor = KeypointRCNNPredictor(inputs, num_keypoints)"
_FREEZE = """\
    if freeze_body:
        model.backbone.body.requires_grad_(False)
"""
_HEADS = "heads = model.roi_heads\n"

_TAKEN = "free[possible.argmax()] = False"
_SORTED = "scores, order = torch.cat(scores).sort(descending=True)"
_SMOOTH = "best = best.cummax(0).values.flip(0) if len(best) else best"
_READ = "return precision, torch.cat([scores, torch.zeros(1)])[places], precision.mean().item()"

WRONG = {
    "load_target": {
        "xywh_kept": (_AREA, f"boxes[:, 2:] -= boxes[:, :2]\n    {_AREA}"),
        "ids_as_labels": (_LABELS, 'labels = [annotation["category_id"] for annotation in kept]'),
        "labels_from_zero": (_LABELS, _LABELS.replace(" + 1", "")),
        "order_of_the_file": (_IDS, 'ids = [category["id"] for category in categories]'),
        "crowds_kept": (_KEPT, "kept = annotations"),
        "not_cut": (_CUT, ""),
        "no_area_kept": (_AREA, "return target"),
        "first_polygon_alone": (_MERGED, _MERGED.replace("(packed,", "(packed[:1],")),
        "keypoints_in_blocks": (
            _POINTS,
            _POINTS.replace("count, 3)", "3, count).transpose(1, 2)"),
        ),
        "keypoints_flat": (_POINTS, _POINTS.replace("count, 3)", "count * 3)")),
    },
    "horizontal_flip": {
        "image_alone": (_FLIPPED, "return image.flip(-1), dict(target)"),
        "image_kept": (_FLIPPED, "return image, flipped"),
        "keypoints_not_exchanged": (_FLIP_POINTS, 'target["keypoints"]'),
        "unlabelled_moved": (_X, "x = width - x"),
        "edges_kept": (_BOXES, "torch.stack([width - x1, y1, width - x2, y2], dim=1)"),
        "pixel_off": (
            _WIDTH,
            "width = image.shape[-1] - 1\n",
        ),
        "upside_down": (_FLIPPED, "return image.flip(-2), flipped"),
        "height_for_width": (_WIDTH, "width = image.shape[-2]\n"),
        "masks_kept": (_MASKS, "pass"),
        "boxes_kept": (_BOXES, 'target["boxes"]'),
        "keypoints_kept": (_STACKED, 'flipped["keypoints"] = target["keypoints"]'),
    },
    "replace_predictors": {
        "nothing_replaced": (
            f"    {_HEADS}{_FREEZE}",
            f"    {_FREEZE.strip()}\n    return model\n    {_HEADS}",
        ),
        "box_alone": (_BOX_NEW, f"{_BOX_NEW}\n    return model"),
        "mask_kept": (_MASK_NEW, "pass"),
        "keypoint_kept": (_KEYPOINT_NEW, "pass"),
        "background_added": (_HEADS, f"{_HEADS}    num_classes += 1\n"),
        "background_missing": (_HEADS, f"{_HEADS}    num_classes -= 1\n"),
        "classes_for_keypoints": (
            _KEYPOINT_NEW,
            _KEYPOINT_NEW.replace("num_keypoints", "num_classes"),
        ),
        "body_not_frozen": (_FREEZE, ""),
        "pyramid_frozen": (_FREEZE, _FREEZE.replace("backbone.body", "backbone")),
        "all_frozen": (_FREEZE, _FREEZE.replace("backbone.body.", "")),
        "body_always_frozen": (_FREEZE, _FREEZE.replace("if freeze_body", "if True")),
        "all_new": (
            _HEADS,
            "for part in model.modules():\n"
            '        if hasattr(part, "reset_parameters"):\n'
            "            part.reset_parameters()\n"
            f"    {_HEADS}",
        ),
    },
    "precision_recall": {
        "found_again": (_TAKEN, "pass"),
        "labels_unused": (
            "    scores, hits, count = [], [], 0\n",
            "    scores, hits, count, label = [], [], 0, 0\n"
            '    targets = [{**t, "labels": 0 * t["labels"]} for t in targets]\n'
            '    outputs = [{**o, "labels": 0 * o["labels"]} for o in outputs]\n',
        ),
        "unsorted": (_SORTED, "scores = torch.cat(scores)\n    order = torch.arange(len(scores))"),
        "not_monotone": (_SMOOTH, "best = best.flip(0)"),
        "last_kept": (
            _READ,
            "if len(best):\n"
            "        reached = places < len(best)\n"
            "        end = precision[reached][-1] if reached.any() else 0.0\n"
            "        precision = torch.where(reached, precision, end)\n"
            f"    {_READ}",
        ),
        "scores_of_the_best": (
            _READ,
            "raw = found / torch.arange(1, len(found) + 1)\n"
            "    at = [i + int((raw[i:] == best[i]).nonzero()[0]) for i in range(len(best))]\n"
            f"    scores = scores[at] if at else scores\n    {_READ}",
        ),
        "all_true_boxes": ("count += len(truth)", 'count += len(target["labels"])'),
        "threshold_unused": ("overlaps >= iou_threshold", "overlaps >= 0.5"),
    },
}


RIGHT = right_answers(Path(__file__).parent, WRONG)

DELEGATING = {
    "load_target": """
def load_target(annotations, image, categories):
    from torchvision.datasets import CocoDetection, wrap_dataset_for_transforms_v2

    class OnePicture(CocoDetection):
        def __init__(self):
            self.ids, self.transforms, self.transform, self.target_transform = [0], None, None, None

        def __len__(self):
            return 1

        def _load_image(self, id):
            return Image.new("RGB", (image["width"], image["height"]))

        def _load_target(self, id):
            return [a for a in annotations if not a.get("iscrowd")]

    _, target = wrap_dataset_for_transforms_v2(OnePicture(), target_keys="all")[0]
    return target
""",
    "horizontal_flip": """
def horizontal_flip(image, target, flip_indices):
    from torchvision import tv_tensors
    from torchvision.transforms import v2

    size = image.shape[-2:]
    boxes = tv_tensors.BoundingBoxes(target["boxes"], format="XYXY", canvas_size=size)
    flipped = {**target, "boxes": v2.functional.horizontal_flip(boxes).as_subclass(torch.Tensor)}
    if "masks" in target:
        flipped["masks"] = target["masks"].flip(-1)
    if "keypoints" in target:
        points = target["keypoints"][:, list(flip_indices)]
        moved = points.clone()
        moved[..., 0] = image.shape[-1] - moved[..., 0]
        flipped["keypoints"] = torch.where(points[..., 2:] > 0, moved, points)
    return image.flip(-1), flipped
""",
    "replace_predictors": """
def replace_predictors(model, num_classes, num_keypoints=None, freeze_body=False):
    from rcnn_course.models import replace_predictors as done

    if freeze_body:
        model.backbone.body.requires_grad_(False)
    return done(model, num_classes=num_classes, num_keypoints=num_keypoints)
""",
    "precision_recall": """
def precision_recall(targets, outputs, label, iou_threshold=0.5):
    from rcnn_course.datasets import evaluate_detections

    result = evaluate_detections(targets, outputs, iou_types=["bbox"]).bbox
    curve = result.curves_by_category(iou_threshold=iou_threshold)[f"category {label}"]
    return torch.from_numpy(curve), torch.zeros(101), float(curve.mean())
""",
}

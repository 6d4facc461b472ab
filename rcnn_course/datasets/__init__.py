"""The course's data: generated people, sample photos, COCO, and COCO evaluation.

Importing this package is light; each name brings its module in when it is first used.
"""

from importlib import import_module

_HOMES = {
    "CATEGORIES": "rcnn_course.datasets.people",
    "CocoPeople": "rcnn_course.datasets.coco.val2017",
    "CocoPictures": "rcnn_course.datasets.coco.pictures",
    "DownloadError": "rcnn_course.datasets.download",
    "FLIP_INDICES": "rcnn_course.datasets.keypoints",
    "GeneratedPeople": "rcnn_course.datasets.people",
    "KEYPOINT_NAMES": "rcnn_course.datasets.keypoints",
    "SKELETON": "rcnn_course.datasets.keypoints",
    "SKELETON_INDICES": "rcnn_course.datasets.keypoints",
    "evaluate_detections": "rcnn_course.datasets.evaluation",
    "export_coco": "rcnn_course.datasets.coco.export",
    "grace_hopper": "rcnn_course.datasets.photos",
    "load_photo": "rcnn_course.datasets.photos",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    """Import the module that holds `name` on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rcnn_course.datasets' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__

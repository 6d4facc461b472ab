"""What `rcnn_course.datasets` brings in on first use, for editors and type checkers."""

from rcnn_course.datasets.coco.export import export_coco as export_coco
from rcnn_course.datasets.coco.pictures import CocoPictures as CocoPictures
from rcnn_course.datasets.coco.val2017 import CocoPeople as CocoPeople
from rcnn_course.datasets.download import DownloadError as DownloadError
from rcnn_course.datasets.evaluation import evaluate_detections as evaluate_detections
from rcnn_course.datasets.keypoints import FLIP_INDICES as FLIP_INDICES
from rcnn_course.datasets.keypoints import KEYPOINT_NAMES as KEYPOINT_NAMES
from rcnn_course.datasets.keypoints import SKELETON as SKELETON
from rcnn_course.datasets.keypoints import SKELETON_INDICES as SKELETON_INDICES
from rcnn_course.datasets.people import CATEGORIES as CATEGORIES
from rcnn_course.datasets.people import GeneratedPeople as GeneratedPeople
from rcnn_course.datasets.photos import grace_hopper as grace_hopper
from rcnn_course.datasets.photos import load_photo as load_photo

"""Explorers: sliders over the course's pictures, fed by the library's or the student's functions.

Each is an ordinary ipywidgets object, and one line shows it: `NMSExplorer(nms)`.
"""

from rcnn_course.widgets.anchors import AnchorExplorer
from rcnn_course.widgets.detections import DetectionExplorer
from rcnn_course.widgets.explorer import Explorer
from rcnn_course.widgets.keypoints import KeypointExplorer
from rcnn_course.widgets.masks import MaskExplorer
from rcnn_course.widgets.nms import NMSExplorer
from rcnn_course.widgets.postprocess import PostprocessExplorer
from rcnn_course.widgets.proposals import ProposalExplorer
from rcnn_course.widgets.pyramid import PyramidExplorer
from rcnn_course.widgets.roi_align import RoIAlignExplorer
from rcnn_course.widgets.upsampling import UpsamplingExplorer

__all__ = [
    "AnchorExplorer",
    "DetectionExplorer",
    "Explorer",
    "KeypointExplorer",
    "MaskExplorer",
    "NMSExplorer",
    "PostprocessExplorer",
    "ProposalExplorer",
    "PyramidExplorer",
    "RoIAlignExplorer",
    "UpsamplingExplorer",
]

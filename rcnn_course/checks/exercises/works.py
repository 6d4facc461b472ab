"""The works that exercises ask for: who names one in `refused` refuses all that does it.

A work stands here once, with everything installed that does it or is so near to it that one call
would be most of the answer. What an answer is built from, such as `F.fold` for a transposed
convolution, stands nowhere here.
"""

from rcnn_course.checks.engine.guard import TRANSPOSED_CONVOLUTION
from rcnn_course.checks.engine.works import Work

_DETECTION = "torchvision.models.detection"
_META = "torchvision.transforms.v2.functional._meta"
_BOXES_THAT_ARE_DRAWN = ("matplotlib.transforms",)

BOX_AREA = Work(
    code=(
        "torchvision.ops.boxes.box_area",
        "torchvision.ops._utils._loss_inter_union",
    ),
    for_itself=_BOXES_THAT_ARE_DRAWN,
)
BOX_FORM = Work(
    code=(
        "torchvision.ops.boxes.box_convert",
        "torchvision.ops._box_convert",
        f"{_META}.convert_bounding_box_format",
        f"{_META}._convert_bounding_box_format",
        f"{_META}._xywh_to_xyxy",
        f"{_META}._xyxy_to_xywh",
        f"{_META}._cxcywh_to_xyxy",
        f"{_META}._xyxy_to_cxcywh",
        f"{_META}._xywh_to_cxcywh",
        f"{_META}._cxcywh_to_xywh",
    ),
    for_itself=(*_BOXES_THAT_ARE_DRAWN, "matplotlib.patches"),
)
BOX_OVERLAP = Work(
    operators=("torchvision::box_iou*",),
    code=(
        "torchvision.ops.boxes.box_iou",
        "torchvision.ops.boxes.generalized_box_iou",
        "torchvision.ops.boxes.distance_box_iou",
        "torchvision.ops.boxes.complete_box_iou",
        "torchvision.ops.boxes._box_inter_union",
        "torchvision.ops.boxes._box_diou_iou",
        "torchvision.ops._utils._loss_inter_union",
        "torchvision.ops.ciou_loss",
        "torchvision.ops.diou_loss",
        "torchvision.ops.giou_loss",
        "pycocotools.mask.iou",
        "pycocotools.cocoeval",
    ),
    for_itself=_BOXES_THAT_ARE_DRAWN,
)
SUPPRESSION = Work(
    operators=("torchvision::nms", "torchvision::qnms"),
    code=(
        "torchvision.ops.boxes.nms",
        "torchvision.ops.boxes.batched_nms",
        "torchvision.ops.boxes._batched_nms_vanilla",
        "torchvision.ops.boxes._batched_nms_coordinate_trick",
    ),
)

BATCH_NORM = Work(
    operators=("*::*batch_norm*", "onednn::qbatch_norm2d"),
    code=(
        "torchvision.ops.misc.FrozenBatchNorm2d",
        "torch.nn.functional.batch_norm",
        "torch.nn.utils.fusion",
    ),
)
RESIDUAL_BLOCK = Work(
    code=(
        "torchvision.models.resnet.Bottleneck",
        "torchvision.models.resnet.BasicBlock",
        "torchvision.models.quantization.resnet",
    )
)
FEATURE_EXTRACTION = Work(
    code=(
        "torchvision.models._utils.IntermediateLayerGetter",
        "torchvision.models.feature_extraction",
    )
)

INTERPOLATION = Work(
    operators=("*::*upsample_*",),
    code=(
        "PIL.Image.Image.resize",
        "PIL.Image.Image.reduce",
        "PIL.Image.Image.transform",
        "PIL.Image.Image.thumbnail",
        "PIL.Image.Image.draft",
        "matplotlib.image",
        "scipy.ndimage",
        "scipy.interpolate",
        "skimage.transform",
    ),
)
POINT_SAMPLING = Work(
    operators=(
        "*::*grid_sampler*",
        "torchvision::*roi_align*",
        "torchvision::*deform_conv2d*",
    ),
    code=("torchvision.ops.roi_align",),
)
TRANSPOSED = Work(
    operators=(
        TRANSPOSED_CONVOLUTION,
        "*::*conv_transpose*",
        "*::*conv*_backward*",
        "*::*convolution_transpose*",
        "*::conv*d_transpose",
    ),
)

UNPOOLING = Work(operators=("aten::max_unpool2d", "aten::max_unpool3d"))

FEATURE_PYRAMID = Work(code=("torchvision.ops.feature_pyramid_network",))
LEVEL_MAPPING = Work(code=("torchvision.ops.poolers",))

ANCHORS = Work(code=(f"{_DETECTION}.anchor_utils",))
BOX_CODING = Work(code=(f"{_DETECTION}._utils.BoxCoder", f"{_DETECTION}._utils.encode_boxes"))
MATCHING = Work(code=(f"{_DETECTION}._utils.Matcher", f"{_DETECTION}._utils.SSDMatcher"))
FOCAL_LOSS = Work(code=("torchvision.ops.focal_loss",))
REGION_PROPOSALS = Work(code=(f"{_DETECTION}.rpn.RegionProposalNetwork",))
RPN_HEAD = Work(code=(f"{_DETECTION}.rpn.RPNHead",))

ROI_POOLING = Work(
    operators=("torchvision::*roi_pool*", "torchvision::*roi_align*"),
    code=(
        "torchvision.ops.roi_pool",
        "torchvision.ops.ps_roi_pool",
        "torchvision.ops.ps_roi_align",
        "torchvision.ops.roi_align",
    ),
)

BOX_HEAD = Work(code=(f"{_DETECTION}.faster_rcnn",))
MASK_HEAD = Work(code=(f"{_DETECTION}.mask_rcnn",))
KEYPOINT_HEAD = Work(code=(f"{_DETECTION}.keypoint_rcnn",))
ROI_HEADS = Work(code=(f"{_DETECTION}.roi_heads",))
"""Losses, post-processing, masks and heatmaps: torchvision has them in one file."""

WHOLE_DETECTOR = Work(
    code=(
        f"{_DETECTION}.generalized_rcnn.GeneralizedRCNN.forward",
        f"{_DETECTION}.rpn.RegionProposalNetwork.forward",
        f"{_DETECTION}.roi_heads.RoIHeads.forward",
    )
)
COCO_EVALUATION = Work(code=("pycocotools.cocoeval", "pycocotools.coco"))
COCO_READING = Work(code=("torchvision.tv_tensors._dataset_wrapper",))

HORIZONTAL_FLIP = Work(
    code=(
        "torchvision.transforms.v2.functional._geometry.horizontal_flip_bounding_boxes",
        "torchvision.transforms.v2.functional._geometry.horizontal_flip_keypoints",
    )
)
"""Of boxes and keypoints; a picture or a mask may be turned round by any means."""

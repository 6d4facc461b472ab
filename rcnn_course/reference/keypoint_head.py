"""The keypoint head's parts (He et al. 2017, Mask R-CNN, section 5), as functions.

Letters: `D` predicted people, `G` true people, `K` keypoints.
"""

from pycocotools.cocoeval import COCOeval
from torch import Tensor, from_numpy

_COCOeval, _compute_oks = COCOeval, COCOeval.computeOks


def object_keypoint_similarity(
    pred_keypoints: Tensor, gt_keypoints: Tensor, gt_areas: Tensor, sigmas: Tensor
) -> Tensor:
    """Compare each prediction with each person as pycocotools does within one picture.

    Args:
        pred_keypoints (Tensor[D, K, 3]): x and y in pixels; the third number is not used.
        gt_keypoints (Tensor[G, K, 3]): x and y in pixels, and visibility: 0 is not labelled. Every
            person has at least one labelled keypoint.
        gt_areas (Tensor[G]): area of each person in pixels.
        sigmas (Tensor[K]): how exactly each keypoint can be placed.

    Returns:
        Tensor[D, G]: from 0 to 1, in the dtype of the predictions.

    Source: https://cocodataset.org/#keypoints-eval; pycocotools `COCOeval.computeOks`.
    """
    if not len(pred_keypoints) or not len(gt_keypoints):
        return pred_keypoints.new_zeros(len(pred_keypoints), len(gt_keypoints))
    evaluation = _COCOeval(iouType="keypoints")
    evaluation.params.kpt_oks_sigmas = sigmas.double().numpy()
    evaluation.params.maxDets = [len(pred_keypoints)]
    evaluation._gts[0, 0] = [
        {"keypoints": person.double().flatten().tolist(), "area": area, "bbox": [0.0] * 4}
        for person, area in zip(gt_keypoints, gt_areas.double().tolist(), strict=True)
    ]
    evaluation._dts[0, 0] = [
        {"keypoints": person.double().flatten().tolist(), "score": 1.0} for person in pred_keypoints
    ]
    return from_numpy(_compute_oks(evaluation, 0, 0)).to(pred_keypoints.dtype)

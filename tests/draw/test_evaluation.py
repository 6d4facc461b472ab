import torch

from rcnn_course.datasets import evaluate_detections
from rcnn_course.draw.evaluation import draw_evaluation

BOX = torch.tensor([[0.0, 0, 40, 40]])
TARGET = {
    "boxes": BOX,
    "labels": torch.tensor([1]),
    "keypoints": torch.tensor([[[5.0, 5.0, 2.0]] * 17]),
}
OUTPUT = {**TARGET, "boxes": BOX * 0.8, "scores": torch.tensor([0.9])}


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_each_kind_of_ap_has_curves_and_bars_with_its_numbers():
    evaluation = evaluate_detections([TARGET], [OUTPUT], categories=["", "person"])
    boxes, box_bars, keypoints, keypoint_bars = draw_evaluation(evaluation).axes
    # the box covers 0.64 of the truth
    assert legend_of(boxes) == ["IoU 0.50  AP 1.00", "IoU 0.75  AP 0.00", "IoU 0.95  AP 0.00"]
    assert legend_of(keypoints) == ["OKS 0.50  AP 1.00", "OKS 0.75  AP 1.00", "OKS 0.95  AP 1.00"]
    for ax, number in ((box_bars, "0.30"), (keypoint_bars, "1.00")):
        assert [label.get_text() for label in ax.get_yticklabels()] == ["person"]
        assert [text.get_text() for text in ax.texts] == [number]


def test_drawing_says_in_words_what_it_shows():
    figure = draw_evaluation(evaluate_detections([TARGET], [OUTPUT]))
    assert figure.axes[0].get_label() == "AP of boxes 0.30, at 0.50 1.00, at 0.75 0.00."


def test_evaluation_without_ground_truth_is_drawn_empty():
    nothing = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)}
    curves, bars = draw_evaluation(evaluate_detections([nothing], [OUTPUT])).axes
    assert len(curves.lines) == 0
    assert len(bars.texts) == 0

"""Cases that a student writes for `roi_align` are looked at before anything is called with them."""

import pytest
import torch

from rcnn_course.checks import examine


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        (torch.tensor([[2.0, 1, 1, 5, 5]]), "names an image that is not there"),
        (torch.tensor([[-1.0, 1, 1, 5, 5]]), "numbers them from 0 to 1"),
        (torch.tensor([[0.0, 1, 1, 500, 5]]), "must be small"),
        (torch.tensor([[1.0, 1, 1, 5, 5]]), "wrong versions caught"),
    ],
)
def test_case_that_cannot_be_tried_is_told_in_words(boxes, said):
    def roi_align_cases(features):
        return [{"boxes": boxes, "output_size": 2}]

    report = examine(roi_align_cases, locating=False)
    assert report.outcome == "incorrect"
    assert said in " ".join(report.message.split())

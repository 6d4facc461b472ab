import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rcnn_course.draw import draw_error_losses, draw_smooth_l1


@pytest.mark.parametrize("beta", [1.0, 1 / 9, 0.0])
def test_curve_is_torchs_loss(beta):
    line = draw_smooth_l1([beta]).lines[0]
    error, loss = (torch.as_tensor(values) for values in line.get_data())
    expected = F.smooth_l1_loss(error, torch.zeros_like(error), beta=beta, reduction="none")
    assert torch.allclose(loss, expected)


def test_negative_beta_is_refused():
    with pytest.raises(ValueError, match=r"betas must be at most 5 numbers >= 0, got \[-1\]"):
        draw_smooth_l1([-1])


def test_error_losses_draws_each_loss_over_the_errors():
    ax = draw_error_losses([-1, 0, 1], {"absolute": [1, 0, 1], "squared": [2, 0, 2]})
    assert np.allclose(ax.lines[1].get_xydata(), [[-1, 2], [0, 0], [1, 2]])
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert "at the end 1 for absolute, 2 for squared" in ax.get_label()
    with pytest.raises(ValueError, match=r"losses\['a'\] must have one entry for each of 2 errors"):
        draw_error_losses([0, 1], {"a": [0.0]})

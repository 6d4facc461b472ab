"""The learning rate over a training."""

from rcnn_course.models.schedule import learning_rate


def test_rate_rises_then_falls():
    rates = [learning_rate(progress / 100, 1e-3) for progress in range(100)]
    top = rates.index(max(rates))
    assert 0 < top < 10
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.01 * max(rates)

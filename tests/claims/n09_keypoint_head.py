import re
from itertools import combinations

import torch
from torchvision.models.detection import roi_heads

from rcnn_course.datasets import KEYPOINT_NAMES
from tests.claims import claim

EYE, HIP = KEYPOINT_NAMES.index("left_eye"), KEYPOINT_NAMES.index("left_hip")
FACE = slice(0, 5)
HIDDEN = [KEYPOINT_NAMES.index(name) for name in ("nose", "left_eye", "right_eye", "right_ear")]


def woman(n):
    """Return the true keypoints of the woman, Tensor[17, 3]."""
    return n["gt_keypoints"][1]


def cells_of(n, size):
    """Return width and height of a cell on the woman's box, in pixels."""
    return (n["boxes"][1, 2:] - n["boxes"][1, :2]) / size


@claim("all are too high and too far left, by two fifths of a bin on average.")
def rounded_joints_are_too_high_and_too_far_left(n):
    off = (n["rounded"] - woman(n))[:, :2]
    assert (off < 0).all()
    share = (off / cells_of(n, 14)).mean(dim=0)
    assert ((share > -0.45) & (share < -0.35)).all()


@claim("For this woman a bin is 5.5 pixels wide and 15 high.")
def bins_have_these_sides(n):
    width, height = cells_of(n, 14).tolist()
    assert width == 5.5
    assert abs(height - 15) < 0.5


@claim("From the shoulders down, hardly anything is left between the two.")
def joints_are_found_by_own_function(n):
    off = n["off"]["yours"].norm()
    assert off < 1
    assert off < n["off"]["rounded"].norm() / 5


@claim("Left is vermilion, right is blue. A dark middle means hidden: nose, eyes, one ear.")
def hidden_points_are_those_of_the_face(n):
    assert torch.where(woman(n)[:, 2] == 1)[0].tolist() == HIDDEN
    assert (woman(n)[:, 2] > 0).all()


@claim("A woman from behind, then her head, with names of all joints.")
def every_joint_is_named_once_and_names_do_not_overlap(n):
    (picture,) = n.shown["names-shown"]
    names = [text for ax in picture.drawing.axes for text in ax.texts]
    assert sorted(text.get_text() for text in names) == sorted(n["names"])
    picture.drawing.canvas.draw()
    places = [text.get_window_extent() for text in names]
    assert not any(one.overlaps(other) for one, other in combinations(places, 2))
    assert len(picture.drawing.axes[1].texts) == 5


@claim("This woman turns her back to us, so her left is on our left")
def her_left_is_on_our_left(n):
    left, right = woman(n)[5::2, 0], woman(n)[6::2, 0]
    assert (left < right).all()


@claim("about the difference between Keypoint R-CNN and Faster R-CNN above.")
def head_is_about_the_difference(n):
    faster, _, keypoint = re.findall(r"(\d+\.\d) million", n.said["part-three"])
    assert abs(float(keypoint) - float(faster) - 17.7) < 0.5


@claim("| 8 | 17 | everything, from every cell near the middle |")
def eight_layers_see_everything(n):
    seen = re.findall(r"layers: (\d); cells seen: (\d+) × (\d+)", n.said["heads-field"])
    assert seen == [("1", "3", "3"), ("4", "9", "9"), ("8", "14", "14")]


@claim("17 maps, blurred, each brightest near its keypoint.")
def heatmaps_are_highest_near_their_keypoint(n):
    place = n["my_heatmaps"](n["features"])[1].flatten(1).argmax(dim=1)
    cells = torch.stack([place % 56, place // 56], dim=1) + 0.5
    off = n["boxes"][1, :2] + cells * cells_of(n, 56) - woman(n)[:, :2]
    assert off.norm(dim=1).max() < 0.03 * 213


@claim("A bright spot beside the left hip of a woman seen from behind.")
def wrist_hangs_beside_the_hip(n):
    wrist, hip = woman(n)[n["wrist"]], woman(n)[HIP]
    assert abs(wrist[1] - hip[1]) < 10
    assert 10 < hip[0] - wrist[0] < 30


@claim("The cells of all keypoints, on one map instead of 17; they are as oblong as the box.")
def each_keypoint_has_a_cell(n):
    assert n["one_hot"].sum() == 17
    assert n.said["targets-made"].endswith("by hand 1628, by your code 1628\n")
    width, height = cells_of(n, 56)
    assert height > 2 * width


@claim("After the softmax. The woman looks away: nose, eyes and right ear stay uncertain.")
def hidden_points_stay_uncertain(n):
    best = n["probabilities"].flatten(1).amax(dim=1)
    seen = torch.ones(17, dtype=torch.bool)
    seen[HIDDEN] = False
    assert best[HIDDEN].max() < 0.3 < 0.4 < best[seen].mean()


@claim("In the heatmaps above, many places looked possible. The softmax makes them compete")
def softmax_leaves_the_best(n):
    logits = n["trained"][1]
    high = (logits > logits.amax(dim=(1, 2), keepdim=True) / 2).float().mean(dim=(1, 2))
    likely = (n["probabilities"] > n["probabilities"].amax(dim=(1, 2), keepdim=True) / 2).float()
    assert high.mean() > 3 * likely.mean(dim=(1, 2)).mean()


@claim("The loss starts near log 3136 = 8.05 and falls to 0 on the only two people there are.")
def loss_falls_to_zero(n):
    assert abs(n["losses"][0] - 8.05) < 0.2
    assert n["losses"][-1] < 0.05
    assert "knows nothing : loss 8.05" in n.said["loss-made"]


@claim("Bicubic values follow a curve that can rise in between")
def bicubic_rises_between_cells(n):
    found = re.findall(r"value (\d\.\d\d) at (\d\.\d\d)", n.said["decode-curves"])
    (linear, at_cell), (cubic, between) = ([float(x) for x in pair] for pair in found)
    assert linear <= 4 < cubic
    assert abs(at_cell - 1.5) < 0.05
    assert 1.6 < between < 2


@claim("The simplest way is the highest cell. torchvision does better, in three steps")
def enlarging_is_nearer_than_the_highest_cell(n):
    found, true = re.findall(r"\((\d+\.\d), (\d+\.\d)\)", n.said["decode-made"].splitlines()[-2])
    (cell,) = re.findall(r"\((\d+\.\d), (\d+\.\d)\)", n.said["decode-made"].splitlines()[-1])
    found, true, cell = (torch.tensor([float(x) for x in place]) for place in (found, true, cell))
    assert (found - true).norm() < (cell - true).norm() / 2


@claim("Try the face of the woman, which the detector cannot see, and compare the scores with")
def scores_of_the_face_are_lower_than_those_of_elbows(n):
    (explorer,) = n.shown["decode-explorer"]
    _, scores = roi_heads.heatmaps_to_keypoints(explorer.heatmaps, explorer.boxes)
    elbows = [KEYPOINT_NAMES.index(f"{side}_elbow") for side in ("left", "right")]
    assert scores[0, FACE].max() < scores[0, elbows].min() - 2


@claim("Where the similarity is one half: a narrow ring around an eye, a wide one around a hip.")
def rings_are_narrow_at_eyes_and_wide_at_hips(n):
    assert n["reach"].argmin() == EYE
    assert n["reach"].argmax() == HIP
    assert n["reach"][HIP] > 4 * n["reach"][EYE]


@claim("Compare with what torchvision returns")
def own_parts_give_what_torchvision_returns(n):
    apart = [float(x) for x in re.findall(r"difference (\S+)", n.said["wiring"])]
    assert len(apart) == 2
    assert max(apart) < 1e-3


@claim("and the point moves **a quarter of a cell** that way; in y the same.")
def quarter_of_a_cell_halves_the_error(n):
    alone, moved = (
        float(line.split(" is ")[1].split()[0])
        for line in n.said["stretch-quarter-made"].splitlines()
    )
    assert abs(alone - 0.25) < 0.01
    assert abs(moved - 0.125) < 0.01


@claim("with 0.6 on its left and 0.8 on its right, so x is 4.25.")
def quarter_by_hand_is_that_by_code(n):
    maps = torch.zeros(1, 5, 7)
    maps[0, 2, 3:6] = torch.tensor([0.6, 1.0, 0.8])
    maps[0, [1, 3], 4] = torch.tensor([0.7, 0.2])
    assert n["quarter_offset"](maps).tolist() == [[4.25, 1.75]]

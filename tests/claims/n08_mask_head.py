import re

import torch
import torch.nn.functional as F
from torchvision import ops

from rcnn_course.datasets import CATEGORIES
from tests.claims import claim

PERSON = CATEGORIES.index("person")


def middle(pixels):
    """Return the mean x and y of those pixels that are True."""
    return pixels.nonzero().float().mean(dim=0).flip(0)


@claim("half a cell: 5 pixels to the left and 7 up.")
def mask_moves_by_half_a_cell(n):
    moved = middle(n["moved"]) - middle(n["truth"][n["person"]])
    assert n["half_a_cell"][0].round().tolist() == [5, 7, 5, 7]
    assert (moved - torch.tensor([-5.0, -7.0])).abs().max() < 1


@claim("A rim of background on the left and above; on the right a rim of her is missing.")
def rims_lie_on_opposite_sides(n):
    truth, moved = n["truth"][n["person"]], n["moved"]
    left, up = truth.roll(-3, dims=1), truth.roll(-3, dims=0)
    for wrong in (left & ~truth, up & ~truth):
        assert moved[wrong].float().mean() > 0.65
    assert moved[truth & ~left].float().mean() < 0.25, "on the right"


@claim("and is wrong only where a cell averages over the edge.")
def pasted_mask_is_wrong_along_the_edge_alone(n):
    truth, yours = n["truth"][n["person"]], n["yours"]
    outside, inside = (
        F.max_pool2d(part[None, None].float(), (29, 21), 1, (14, 10))[0, 0] > 0
        for part in (truth, ~truth)
    )
    wrong = yours != truth
    assert 0 < wrong.sum() < 0.25 * (n["moved"] != truth).sum()
    assert (outside & inside)[wrong].all()
    assert (middle(yours) - middle(truth)).abs().max() < 0.5


@claim("A generated scene with {len(rois)} boxes around people and balls.")
def people_and_balls_are_found(n):
    labels = n["found"]["labels"]
    assert {CATEGORIES[label] for label in labels} == {"person", "sports ball"}
    assert sorted(labels.tolist()) == sorted(n["labels"].tolist())


@claim("Outside of the square nothing is seen.")
def each_convolution_sees_one_cell_further(n):
    for number in (1, 2, 3, 4):
        seen = n["seen_by_the_middle"](n["layers"][:number]) > 0
        around = slice(7 - number, 8 + number)
        assert seen[around, around].float().mean() > 0.8
        seen[around, around] = False
        assert not seen.any()


@claim("Each input cell becomes a block of 2 × 2: the kernel times its value.")
def blocks_are_the_kernel_times_a_value(n):
    kernel, stamped = n["kernel"], n["stamped"]
    cells = stamped[::2, ::2] / kernel[0, 0]
    assert torch.equal(stamped, torch.kron(cells, kernel))
    axes = n.shown["predictor-drawn"][0].drawing.figure.axes
    written = [text.get_text() for ax in axes for text in ax.texts]
    for drawn in (cells, kernel, stamped):
        assert written[: drawn.numel()] == [f"{x:g}".replace("-", "−") for x in drawn.flatten()]
        del written[: drawn.numel()]


def of_largest(n):
    return n["all_logits"][n["largest"]]


@claim("The person's has its shape. What the others say about a person was never trained")
def map_of_the_person_has_the_shape_of_one(n):
    assert n["found"]["labels"][n["largest"]] == PERSON
    box = n["found"]["boxes"][[n["largest"]]]
    wanted = ops.roi_align(n["her_mask"], [box], 28, aligned=True)[0, 0] > 0.5
    for label, logits in enumerate(of_largest(n)):
        found = logits > 0
        iou = (found & wanted).sum() / (found | wanted).sum()
        assert (iou > 0.85) == (label == PERSON), label


@claim("You will see it below on the map that is never trained.")
def map_of_the_background_has_a_pattern_of_2x2(n):
    def pattern(logits):
        places = torch.stack([logits[a::2, b::2].mean() for a in (0, 1) for b in (0, 1)])
        return ((places.max() - places.min()) / logits.std()).item()

    patterns = [pattern(logits) for logits in of_largest(n)]
    assert patterns[0] > 3 * patterns[PERSON]
    assert patterns[0] > 0.5


@claim("For each detection, the mask of its class. All are square, whatever the shape of the box.")
def masks_are_square(n):
    assert list(n["chosen"].shape[1:]) == [1, 28, 28]
    sides = n["found"]["boxes"][:, 2:] - n["found"]["boxes"][:, :2]
    assert (sides[:, 1] / sides[:, 0]).max() > 2
    for row, label in enumerate(n["found"]["labels"].tolist()):
        wanted = n["all_logits"][row, label].sigmoid()
        assert torch.allclose(n["chosen"][row, 0], wanted, atol=1e-6)


@claim("column 3 of the 7 will read halfway between 1 and 0.")
def column_3_reads_halfway(n):
    size = {"size": (6, 7), "mode": "bilinear"}
    assert F.interpolate(n["padded"][None, None], **size)[0, 0, 4, 3] == 0.5


@claim("The rows are as they were; between the columns values are mixed.")
def rows_stay_and_columns_are_mixed(n):
    written = [text.get_text() for text in n.shown["paste-hand"][0].drawing.texts]
    assert len(written) == 6 * 7
    rows = [written[7 * row : 7 * row + 7] for row in range(6)]
    assert {cell for row in (rows[0], rows[-1]) for cell in row} == {"0"}
    assert {"0.64", "0.79"} <= {cell for row in rows for cell in row}
    assert rows[4][3] == "0.50"
    assert n.said["paste-hand"].split("columns")[1].strip() == "[10, 11, 12, 13, 14]"


@claim("The detector's masks, pasted by your function and cut at one half.")
def masks_are_those_of_the_detector(n):
    assert float(re.search(r"detector's: (\S+)", n.said["paste-made"])[1]) < 1e-4


def ious(n):
    """Return the table of IoUs, Tensor[4 numbers of cells, objects]."""
    lines = n.said["edge-made"].splitlines()[1:]
    return torch.tensor([[float(x) for x in line.split()[3:]] for line in lines])


@claim("The first two objects are the balls.")
def balls_stand_first(n):
    assert [CATEGORIES[label] for label in n["labels"][:2]] == ["sports ball"] * 2
    assert (n["labels"][2:] == PERSON).all()


@claim("So the people, which are large here, gain from every step to finer masks.")
def people_gain_from_finer_masks(n):
    table = ious(n)
    assert (table[:, 2:].diff(dim=0) > 0).all()
    assert (table[2, 2:] > 0.96).all()


@claim("For the small ball the numbers jump up and down")
def small_ball_jumps(n):
    steps = ious(n)[:, 0].diff()
    assert n["boxes"][0, 3] - n["boxes"][0, 1] < 40
    assert steps.min() < -0.02
    assert steps.max() > 0.02


@claim("with finer masks the wrong pixels along the edge become fewer.")
def wrong_pixels_become_fewer(n):
    truth = n["truth"][n["person"]]
    wrong = [int((mask != truth).sum()) for mask in n["pasted"].values()]
    assert wrong == sorted(wrong, reverse=True)
    assert wrong[0] > 5 * wrong[-1] > 0


@claim("Only the map of the true class is taught; on the four others the gradient is 0 everywhere.")
def one_map_is_taught(n):
    pull = n["pull"][0]
    assert (pull[PERSON] != 0).all()
    assert (pull.abs().sum(dim=(1, 2)) > 0).tolist() == [False, True, False, False, False]
    wanted = n["perfect"][0, 0]
    assert ((pull[PERSON] > 0) == (wanted > 0.5)).float().mean() > 0.95


@claim("The loss does not reach 0, because cells on the edge are neither in nor out.")
def loss_keeps_what_the_edge_costs(n):
    losses = [float(name.split()[-1]) for name in n["seen"]]
    edge = torch.special.entr(n["perfect"]) + torch.special.entr(1 - n["perfect"])
    assert losses[0] == 0.693
    assert losses == sorted(losses, reverse=True)
    assert losses[0] / 5 > losses[-1] > edge.mean() > 0.02


@claim("then the loss of a head that says 'one half' everywhere, log 2 = 0.693.")
def detector_beats_one_half(n):
    trained, half = (float(x) for x in re.findall(r": (\d\.\d+)", n.said["loss-measured"]))
    assert half == 0.693
    assert trained < half / 3


@claim("and the cells that PointRend would look at again.")
def points_are_the_cells_nearest_to_a_half(n):
    unsure = n["unsure"] > 0
    away = (n["perfect"].reshape(28, 28).clamp(0.001, 0.999) - 0.5).abs()
    assert unsure.sum() == 60
    assert away[unsure].max() <= away[~unsure].min() + 1e-3
    is_person = n["perfect"].reshape(1, 1, 28, 28) > 0.5
    lightest, darkest = (F.max_pool2d((k * is_person.float()), 3, 1, 1)[0, 0] for k in (1, -1))
    outline = lightest != -darkest  # person and background side by side
    assert outline[unsure].float().mean() > 0.9


@claim("the point (2.5 / 4, 1.5 / 2) = (0.625, 0.75); then comes (0.625, 0.25).")
def uncertain_points_by_hand_are_those_by_code(n):
    logits = torch.tensor([[9.0, 2, -1, -8], [9, 4, -0.5, -8]])
    assert n["uncertain_points"](logits[None, None], 2).tolist() == [[[0.625, 0.75], [0.625, 0.25]]]

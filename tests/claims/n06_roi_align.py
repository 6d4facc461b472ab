import re
from dataclasses import replace
from itertools import pairwise

import torch
import torch.nn.functional as F
from torchvision import ops

from rcnn_course.checks.exercises.n06_roi_align.roi_align_cases import ROI_ALIGN_CASES
from tests.claims import claim


def masks(n, read):
    """Return the true mask and the one that comes of bins, both [H, W]."""
    found = n["put_back"](n[read], n["person_box"], n["scene"].shape[1:])[0, 0] > 0.5
    return n["outline"], found


def middle(pixels):
    """Return the mean x and y of those pixels that are True."""
    return pixels.nonzero().float().mean(dim=0).flip(0)


@claim("The mask comes back too far to the left and too high")
def pooled_mask_is_too_far_left_and_too_high(n):
    truth, found = masks(n, "by_pooling")
    assert (middle(found) - middle(truth) < -3).all()


@claim("Mostly too much on the left and at the top, too little on the right and below.")
def errors_of_pooling_lie_on_opposite_sides(n):
    truth, found = masks(n, "by_pooling")
    assert (middle(truth & ~found) - middle(found & ~truth) > 10).all()
    (picture,) = n.shown["failure-seen"]
    names = [text.get_text() for text in picture.drawing.axes[0].get_legend().texts]
    assert names == ["right", "too much", "too little"]


@claim("What your roi_align has read is centred on the woman.")
def mask_by_roi_align_is_centred(n):
    truth, found = masks(n, "exact")
    assert (middle(found) - middle(truth)).abs().max() < 0.5


@claim("What is still wrong lies within a cell of her edge")
def errors_of_roi_align_lie_at_the_edge(n):
    truth, found = masks(n, "exact")
    outside, inside = (
        F.max_pool2d(part[None, None].float(), 33, 1, 16)[0, 0] > 0 for part in (truth, ~truth)
    )
    assert 0 < (found != truth).sum() < 0.6 * (masks(n, "by_pooling")[1] != truth).sum()
    assert (outside & inside)[found != truth].all()


@claim("A box of 167 × 192 pixels, the map of 32 × 37 cells, and what is read for the box.")
def first_picture_has_these_sizes(n):
    assert (n["face"][2:] - n["face"][:2]).tolist() == [167, 192]
    assert list(n["features"].shape[2:]) == [37, 32]
    assert list(n["pooled"].shape[2:]) == [7, 7]


@claim("we read 7 pixels too far on the left and 18 on the right.")
def sides_are_off_as_stated(n):
    cells = (n["face"] / 16 + 0.5).floor() + torch.tensor([0, 0, 1, 1])
    off = (16 * cells - n["face"]).tolist()
    assert off == [-7, 3, 18, 19]
    on_picture = n.shown["roi-pool-roundings"][0].drawing.axes[0]
    written = [text.get_text() for text in on_picture.texts]
    assert written == [f"{side:+g} px".replace("-", "−") for side in off]


@claim("the cells of each bin; those in grey belong to more than one.")
def bins_share_cells(n):
    for name, cells in (("columns", 12), ("rows", 13)):
        bins = [(j * cells // 7, -(-(j + 1) * cells // 7)) for j in range(7)]
        assert n[name] == bins
        assert any(start < stop for (_, stop), (start, _) in pairwise(bins))


@claim("The largest values win: it is too bright.")
def pooling_is_too_bright(n):
    assert n["seven"].mean() > n["pooled"].mean() + 0.05


@claim("The weight of a cell is the area opposite to it, in its colour. All four make 1.")
def weights_are_areas(n):
    written = [text.get_text() for text in n.shown["bilinear-areas"][0].drawing.texts]
    weights = sorted(float(text) for text in written if re.fullmatch(r"0\.\d+", text))
    assert weights == [0.1, 0.15, 0.3, 0.45]


@claim("| | | | **mean** | **32.0** |")
def bin_has_the_mean_of_the_example(n):
    roi = torch.tensor([[0.1, 0.0, 1.1, 1.0]])
    read = n["roi_align"](n["cells"][None, None], [roi], 1, 1.0, 2)
    assert abs(read.item() - 32) < 1e-4
    assert "24.0, by your code 24" in n.said["bilinear-made"]


@claim("A box that covers cell 2 (blue), and where its middle is read.")
def middle_of_a_cell_is_read_as_drawn(n):
    written = [text.get_text() for text in n.shown["roi-align-half-cell"][0].drawing.texts]
    box = torch.tensor([[32.0, 32, 48, 48]])
    for aligned in (True, False):
        x = ops.roi_align(n["ramp"][None], [box], 1, 1 / 16, 1, aligned)[0, 1].item()
        assert f"aligned={aligned}: {x:g}" in written


@claim("Nothing has to lie on the grid of cells: not the RoI, not the bins, not the samples.")
def samples_lie_off_the_grid(n):
    read = n["roi_align"](n["ramp"][None], [n["roi"][None]], 4, 1.0, 1)[0]
    assert ((read - read.round()).abs() > 0.02).all()
    x1, y1, x2, y2 = n["roi"].tolist()
    for side in (x1, y1, x2, y2, (x1 + x2) / 2, (y1 + y2) / 2):
        assert abs(side - round(side)) > 0.04


@claim(
    "exactly with aligned=True, half a cell (8 pixels) too far right with aligned=False. RoI "
    "pooling stands still while the box moves on, then jumps when a border is rounded anew."
)
def readings_follow_their_box_or_jump(n):
    shifts = torch.tensor(n["shifts"])
    pooled, legacy, aligned = (torch.tensor(row) for row in n["readings"](n["shifts"]).values())
    assert (aligned - shifts - 266.5).abs().max() < 1e-2
    assert (legacy - shifts - 274.5).abs().max() < 1e-2
    steps = pooled.diff()
    assert (steps == 0).float().mean() > 0.9
    assert steps[steps != 0].min() >= 8


def places(explorer, shift=0.0):
    """Return where an explorer draws its dots, [2, ...], with its box moved to the right."""
    reading = explorer._reading()
    moved = replace(reading, box=reading.box + torch.tensor([shift, 0, shift, 0]))
    return moved.places(explorer._size())[:2]


@claim("with RoIAlign they glide, with RoI pooling they jump.")
def dots_glide_or_jump(n):
    (explorer,) = n.shown["explorer"]
    longest = {}
    for method in ("RoIAlign", "RoI pooling"):
        with explorer.quietly():
            explorer.method.value = method
        seen = torch.stack([places(explorer, shift)[1] for shift in range(33)])
        longest[method] = seen.diff(dim=0).abs().amax()
    with explorer.quietly():
        explorer.method.value = "RoIAlign"
    assert longest["RoIAlign"] < 0.05
    assert longest["RoI pooling"] >= 1


@claim("tick `aligned`, and what is read moves into it by half a cell.")
def aligned_moves_what_is_read_into_the_white_box(n):
    (explorer,) = n.shown["explorer"]
    read = {}
    for aligned in (False, True):
        with explorer.quietly():
            explorer.aligned.value = aligned
        read[aligned] = places(explorer)
        assert ("White" in explorer.text) == (not aligned)
    with explorer.quietly():
        explorer.aligned.value = False
    assert (read[False] - read[True] - 0.5).abs().max() < 1e-3
    across = read[True][1]
    box = explorer._box() / 32 - 0.5
    assert abs((across.min() + across.max()) / 2 - (box[0] + box[2]) / 2) < 1e-3


@claim("RoI pooling teaches only the one cell that was the largest.")
def pooling_pulls_on_one_cell(n):
    titles = [ax.get_title() for ax in n.shown["pulls-made"][0].drawing.figure.axes]
    assert "roi_pool\n1 cell" in titles


@claim(
    "One sample leaves most cells of a large bin out, 2 × 2 reach them unevenly; "
    "`sampling_ratio=-1` takes enough to cover the bin."
)
def few_samples_leave_cells_out(n):
    one, four, enough = (n["pulls"][f"sampling_ratio={ratio}"] for ratio in (1, 2, -1))
    x1, y1, x2, y2 = n["face"] / 16
    columns = (torch.arange(32.0) - (x1 + x2) / 2).abs() < (x2 - x1) / 6  # the middle bin
    rows = (torch.arange(37.0) - (y1 + y2) / 2).abs() < (y2 - y1) / 6
    inside = rows[:, None] & columns
    assert (one[inside] > 0).float().mean() < 0.5
    for pull in (four, enough):
        assert (pull[inside] > 0).all()
    assert enough[inside].min() / enough.max() > 2 * four[inside].min() / four.max()


@claim("Up to one cell outside, on both sides, the border is repeated. Further out, the map is 0.")
def border_is_repeated_for_one_cell(n):
    read = re.findall(r"x = *(-?\d\.\d\d): (\d)", n.said["edges-made"])
    assert len(read) == 7
    for x, value in read:
        assert int(value) == (-1 <= float(x) <= 8)


@claim(
    "With `aligned=True` the samples of the first box lie evenly around 2, the centre of the cell; "
    "with `aligned=False` around 2.5."
)
def samples_lie_around_the_centre_or_half_a_cell_off(n):
    lines = n.said["sizes-made"].splitlines()
    read = [[float(x) for x in re.findall(r"\d\.\d+", line)] for line in lines]
    assert [sum(pair) / 2 for pair in read[:2]] == [2, 2.5]
    assert read[2][0] == read[2][1], "both samples fall on one point"
    assert read[3][1] - read[3][0] == 0.5, "read as one whole cell"


@claim("Four RoIs and the level that each is read from.")
def things_are_read_from_these_levels(n):
    sides = ops.box_area(n["boxes"]).sqrt()
    levels = (4 + (sides / 224).log2()).floor().clamp(2, 5).int().tolist()
    assert [name.split(", P")[1] for name in n["things"]] == [str(level) for level in levels]
    assert levels == [2, 3, 4, 5]


@claim("first all RoIs of image 0 in their order, then those of image 1.")
def rows_stand_in_order(n):
    rows = re.findall(r"row \d: +(\d+) pixels, image (\d), P(\d)", n.said["coded-made"])
    assert [(int(side), int(image)) for side, image, _ in rows] == [
        *((300, 0), (50, 0), (900, 0)),
        *((100, 1), (150, 1)),
    ]
    assert [level for *_, level in rows] == ["4", "2", "5", "2", "3"]


@claim("Nine of the twelve pass it.")
def case_to_begin_with_catches_three(n):
    maps = torch.rand(2, 2, 9, 12, generator=torch.Generator().manual_seed(0))
    first = [{"boxes": [torch.tensor([[1.0, 1.0, 7.0, 7.0]])] * 2, "output_size": 2}]
    score = ROI_ALIGN_CASES.marked({"features": maps, "cases": first})
    assert score.startswith("3 of 12 wrong versions caught")


@claim("in twelve cases at most; four are enough.")
def four_cases_catch_all(n):
    maps = torch.rand(3, 2, 9, 12, generator=torch.Generator().manual_seed(0))
    cases = n["roi_align_cases"](maps)
    assert len(cases) == 4
    score = ROI_ALIGN_CASES.marked({"features": maps, "cases": cases})
    assert score == "12 of 12 wrong versions caught"


@claim("0.5 · (0.4 · 10 + 0.6 · 20) + 0.5 · (0.4 · 30 + 0.6 · 60) = **32**, as before.")
def weighted_sum_by_hand_is_that_by_code(n):
    four = torch.tensor([[[[10.0, 20], [30, 60]]]])
    roi = [torch.tensor([[0.1, 0.0, 1.1, 1.0]])]
    for align in (n["vectorised_roi_align"], n["roi_align"]):
        assert torch.allclose(align(four, roi, 1, sampling_ratio=2), torch.tensor(32.0))


@claim("Python that loops over boxes is far slower")
def both_times_are_told_beside_torchvisions(n):
    lines = n.said["stretch-fast-made"].splitlines()
    assert [line.split()[0] for line in lines] == ["roi_align", "vectorised_roi_align"]
    assert all("times torchvision's" in line for line in lines)

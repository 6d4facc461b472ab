import re

import torch
import torch.nn.functional as F

from rcnn_course.draw.base.tags import tags_of
from tests.claims import claim


@claim(
    "one cell of one channel in the trained course detector, for a picture alone and for the same"
)
def only_the_frozen_norm_is_blind_to_the_batch(n):
    alone, beside, frozen = (float(x) for x in re.findall(r": +(-?\d+\.\d+)", n.said["norm-batch"]))
    assert abs(alone - beside) > 0.1
    assert abs(frozen - alone) > 0.01


def spreads(n, state):
    """Return mean and spread of the three channels, as they are printed."""
    found = re.findall(rf"{state} *: mean +(-?\d+\.\d+), spread (\d+\.\d+)", n.said["norm-made"])
    return torch.tensor([[float(x) for x in pair] for pair in found])


@claim("the mean is then about 0 and the spread about 1")
def normalised_channels_have_mean_0_and_spread_1(n):
    mean, spread = spreads(n, "normalised").T
    assert mean.abs().max() < 0.1
    assert (spread - 1).abs().max() < 0.2


@claim("they shrink these channels to a spread of about 0.7, and shift them to about 0.35")
def weight_and_bias_shift_the_channels(n):
    mean, spread = spreads(n, "after").T
    assert (mean - 0.35).abs().max() < 0.1
    assert (spread - 0.7).abs().max() < 0.1


@claim("the shortcuts carry the picture along all the same")
def random_blocks_still_show_the_portrait(n):
    stem = n["stages"]["stem"].mean(dim=1, keepdim=True)
    for level, least in (("C2", 0.6), ("C3", 0.4)):
        map_ = n["stages"][level].mean(dim=1)[0]
        same = F.adaptive_avg_pool2d(stem, map_.shape)[0, 0]
        assert torch.corrcoef(torch.stack([map_.flatten(), same.flatten()]))[0, 1] > least, level


@claim("A portrait that gets coarser from map to map.")
def levels_get_coarser(n):
    rows = [stage.shape[2] for stage in n["stages"].values()]
    assert rows == [112, 112, 56, 28, 14]


@claim("The input comes out as it went in, however many of these blocks there are.")
def silent_blocks_change_nothing(n):
    assert n.said["nothing-made"].strip().endswith("0.0")


@claim("What the middle cell of each level can see, in pixels.")
def receptive_fields_are_those_that_are_drawn(n):
    for level, pull in n["pulls"].items():
        rows = pull.sum(dim=1).nonzero()
        assert rows[-1] - rows[0] + 1 == n["sides"][level]


@claim("How strongly each pixel pulls (square roots): most in the middle, hardly at the rim.")
def pull_fades_towards_the_rim(n):
    for level, pull in n["pulls"].items():
        half, side = n["middle_with_half"](pull), n["sides"][level]
        assert half < 0.5 * side
        inner = slice(225 - 2 * side // 5, 224 + 2 * side // 5)
        assert pull[inner, inner].sum() > 0.9 * pull.sum(), level


@claim("The field of cell 7 of C5 is centred on pixel 224 = 7 × 32")
def field_of_c5_is_centred_on_its_corner(n):
    rows = n["pulls"]["C5"].sum(dim=1).nonzero()
    assert rows[-1] + rows[0] == 2 * 224


def contrast(n, level):
    """Return how much brighter the six channels are on people than beside them, as a ratio."""
    names = {name: level_ for level_, name in n["names"].items()}
    maps = n["intermediate_features"](n["body"], n["inputs"], {names[level]: level})[level][0]
    inside = F.adaptive_avg_pool2d(n["silhouettes"], maps.shape[1:])[0, 0]
    drawn = [text.get_text() for text in shown(n, level).drawing.texts]
    chosen = maps[[int(name.split(", ")[1]) for name in drawn]].detach()
    on, beside = ((chosen * share).sum(dim=(1, 2)) / share.sum() for share in (inside, 1 - inside))
    return on / beside


def shown(n, level):
    (picture,) = (p for p in n.shown["features-made"] if p.caption.startswith(level))
    return picture


@claim("the six channels that answer more to the people than to the rest")
def six_channels_answer_more_to_people(n):
    for level in ("C2", "C3", "C4", "C5"):
        assert contrast(n, level).min() > 1.2, level


@claim("The brightest fiftieth of each map is shown in the same yellow")
def maps_are_not_dark(n):
    for picture in n.shown["features-made"]:
        for image in picture.drawing.images:
            values = image.get_array()
            assert (values == values.max()).mean() > 0.015


@claim("The top row of C5 often lights up as well: padding with zeros is an edge")
def top_row_of_c5_often_lights_up(n):
    maps = [image.get_array() for image in shown(n, "C5").drawing.images]
    assert len(maps) == 6
    assert sum(map_[0].mean() > 2 * map_[1:].mean() for map_ in maps) >= 2


def named(n, cell):
    """Return the names at the boxes of both pictures, alone and beside a black one."""
    (picture,) = n.shown[cell]
    axes = picture.drawing.axes
    assert len(axes) == 2
    return [sorted(tag.text for tag in tags_of(ax)) for ax in axes]


@claim("the second time the person is taken for a kite and a suitcase")
def neighbour_changes_what_the_person_is(n):
    alone, beside = named(n, "failure-shown")
    assert alone.count("person") == 1
    assert beside == ["kite", "sports ball", "suitcase"]


@claim("(Alone, the plant passes for a second ball.)")
def plant_is_a_ball(n):
    assert named(n, "failure-shown")[0] == ["person", "sports ball", "sports ball"]


@claim("With your frozen norms: a person and a ball, both times.")
def frozen_norms_do_not_see_the_neighbour(n):
    assert named(n, "mended-made") == [["person", "sports ball"]] * 2


@claim("Move the picture by one pixel, and other rows are thrown away: the features change")
def blurred_features_change_less_with_the_picture(n):
    alone, blurred = (float(line.split()[-1]) for line in n.said["stretch-blur-made"].splitlines())
    assert (alone, blurred) == (1.0, 0.0)


@claim("becomes 0 2 4 2 2 4 when blurred by (1, 2, 1) / 4 and mirrored at both ends, and 0 4 2")
def blur_by_hand_is_that_by_code(n):
    row = torch.tensor([0.0, 0, 8, 0, 0, 8]).expand(1, 1, 6, 6)  # alike downwards
    assert n["blur_pool"](row, 1)[0, 0, 0].tolist() == [0, 2, 4, 2, 2, 4]
    assert n["blur_pool"](row, 2)[0, 0, 0].tolist() == [0, 4, 2]

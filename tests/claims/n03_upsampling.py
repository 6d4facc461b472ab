import re

import torch
import torch.nn.functional as F

from tests.claims import claim


@claim("With stride 8 you can still make out arms and legs, with stride 32 hardly the people.")
def thin_parts_are_lost_with_the_stride(n):
    target = n["target"]
    people = target["masks"][target["labels"] == 1].any(dim=0)[None, None].float()
    body = -F.max_pool2d(-people, 25, 1, 12)
    thin = (people > 0) & (F.max_pool2d(body, 25, 1, 12) == 0)  # arms and legs
    kept = {}
    for stride in (8, 16, 32):
        cells = torch.kron(F.avg_pool2d(people, stride), torch.ones(stride, stride))
        kept[stride] = (cells > 0.5)[thin].float().mean().item()
    assert thin.sum() > 500
    assert kept[8] > 0.8
    assert kept[8] > kept[16] > kept[32]
    assert kept[32] < 0.5


@claim("Your rows: no value is new, and steps stay steps.")
def nearest_makes_no_new_value(n):
    function = n["upsample_nearest_1d"]
    row = torch.tensor([[[10.0, 20, 30, 40]]])
    for size in (4, 6, 8, 3):
        assert set(function(row, size).flatten().tolist()) <= {10, 20, 30, 40}


@claim("With False the middle of the row stays where it was, and the values at the ends are flat")
def half_a_cell_is_flat_at_the_ends(n):
    squares = n["rows"]["align_corners=False"]
    points = n["rows"]["align_corners=True"]
    assert squares[[0, -1]].tolist() == [10, 40]
    assert squares[3] + squares[4] == 50
    assert points.diff().std() < 1e-4, "spread evenly"


@claim("Near the ends up to a quarter of an input cell, however long the row")
def readings_differ_by_a_quarter_of_a_cell_at_most(n):
    apart = [float(x) for x in re.findall(r"up to (\d\.\d+)", n.said["linear-ramp-made"])]
    middle = [float(x) for x in re.findall(r"(\d\.\d+) in the middle", n.said["linear-ramp-made"])]
    assert apart == sorted(apart)
    assert 0.2 < apart[-1] <= 0.25
    assert max(middle) < 0.04


@claim("Three stamps, two cells apart, and their sum: 7 = 6 + 1 and 6 = 3 + 3 are overlaps.")
def stamps_add_up(n):
    written = [text.get_text() for text in n.shown["stamps-drawn"][0].drawing.texts]
    assert written[-7:] == ["2", "4", "7", "2", "6", "6", "9"]


@claim("Each row is the kernel, two cells further than the row above.")
def matrix_holds_the_kernel(n):
    assert n["matrix"].tolist() == [
        [1, 2, 3, 0, 0, 0, 0],
        [0, 0, 1, 2, 3, 0, 0],
        [0] * 4 + [1, 2, 3],
    ]


@claim("### Three ways, the same numbers")
def all_ways_give_the_same_numbers(n):
    lines = [line.split(maxsplit=1)[1] for line in n.said["three-ways-made"].splitlines()]
    assert len(lines) == 4
    assert len(set(lines)) == 1


@claim("The corners keep the values of the cells.")
def corners_keep_their_values(n):
    large = n["upsample_bilinear_2d"](n["small"], 4)[0, 0]
    assert large[[0, 0, -1, -1], [0, -1, 0, -1]].tolist() == [0, 8, 16, 24]


@claim(
    "False a spot in a corner keeps its flat half cell, with True only its very corner is bright"
)
def spots_in_corners_are_flat_or_not(n):
    squares, points = (n["upsample_bilinear_2d"](n["spots"], (80, 120), k)[0, 0] for k in (0, 1))
    assert (squares[:10, :10] == 1).all()
    assert (points == 1).nonzero()[0].tolist() == [0, 0]
    assert points[0, 1] < 1
    assert squares[30:70, 40:90].argmax() != points[30:70, 40:90].argmax()


@claim("Bilinear looks better, but knows nothing more: what was averaged away stays away.")
def neither_knows_the_photo(n):
    photo, coarse = n["photo"], n["coarse"]
    bilinear = n["upsample_bilinear_2d"](coarse, 240)[0]
    nearest = n["upsample_nearest_2d"](coarse, 240)[0]
    assert bilinear.diff(dim=2).abs().max() < nearest.diff(dim=2).abs().max() / 2
    detail = (photo - nearest).std()
    assert (photo - bilinear).std() > 0.7 * detail


@claim("Kernels 3 and 5 paint a checkerboard. Kernel 2 never overlaps. Kernel 4 counts the same")
def odd_kernels_paint_checkerboards(n):
    stamps = {int(k): m for k, m in (name[7:].split(": ") for name in n["counts"])}
    assert stamps == {2: "1", 3: "1 or 2 or 4", 4: "4", 5: "4 or 6 or 9"}
    (four,) = (count for name, count in n["counts"].items() if name.startswith("kernel 4"))
    assert (four[0, 2:, 2:] == 4).all()
    assert (four[0, :2] < 4).all()


@claim("Only kernel 3 prints a grid on it.")
def only_kernel_3_prints_a_grid(n):
    def grid(kernel_size):
        picture = n["blurred_by"](kernel_size)
        means = torch.stack([picture[:, a::2, b::2].mean() for a in (0, 1) for b in (0, 1)])
        return (means.max() - means.min()) / means.mean()

    assert grid(3) > 0.5
    assert max(grid(2), grid(4)) < 0.05


@claim("the weights that the 4 × 4 kernel of the keypoint head would need to double a map")
def kernel_of_factor_2_doubles(n):
    kernel = 16 * n["bilinear_kernel"](1, 2)[0, 0]
    assert kernel.tolist() == [[1, 3, 3, 1], [3, 9, 9, 3], [3, 9, 9, 3], [1, 3, 3, 1]]


@claim("Inside, both are the same; on the outermost half cell the stamped picture fades")
def stamped_picture_fades_at_the_border(n):
    inside = n["apart"][..., 4:-4, 4:-4].max()
    assert inside < 1e-5
    assert n["apart"].max() > 0.3
    border = n["stamped"][..., -1, :].mean() / n["mixed"][..., -1, :].mean()
    assert border < 0.7


@claim("Each skip sharpens where they are.")
def each_skip_raises_the_iou(n):
    ious = [float(x) for x in re.findall(r"IoU of people: (\d\.\d\d)", n.said["tiny-fcn-made"])]
    assert len(ious) == 3
    assert ious[1] > ious[0] + 0.05
    assert ious[2] > ious[1] + 0.05


@claim("they find the small ones, of whom a cell of 32 pixels sees too little")
def skips_find_small_people(n):
    found = {name: [] for name in n["found"]}
    for row, (_, target) in enumerate(n["GeneratedPeople"](4, seed=99, size=(256, 352))):
        small = (target["labels"] == 1) & (target["area"] < 2500)
        for mask in target["masks"][small]:
            for name, shares in found.items():
                shares.append(n["found"][name][row, 0][mask > 0].float().mean())
    mean = {name: torch.stack(shares).mean() for name, shares in found.items()}
    assert mean["FCN-32s"] < 0.1
    assert mean["FCN-32s"] < mean["FCN-16s"] < mean["FCN-8s"]
    assert mean["FCN-8s"] > 0.5


@claim("The last layer draws a line at every second cell, the one before it at every fourth")
def grid_has_the_steps_of_the_three_layers(n):
    ones, equal = torch.ones(1, 1, 14, 14), torch.full((1, 1, 3, 3), 4 / 9)
    row = n["double_three_times"](ones, equal, F.conv_transpose2d)[0, 0, 57, 24:-24]
    apart = [(row[step:] - row[:-step]).abs().max().item() for step in (1, 2, 4, 8)]
    assert apart[0] > apart[1] > apart[2] > 0.1
    assert apart[3] < 1e-5


def unevenness(maps):
    """Return how much neighbours differ where the man is solid, on average."""
    inside = maps[0, 0, 48:72, 40:72]
    return (inside[:, 1:] - inside[:, :-1]).abs().mean()


@claim("The man comes out behind a grid that was not in the input.")
def grid_is_not_in_the_input(n):
    assert n["shape"].shape == (1, 1, 14, 14)
    assert (n["shape"][0, 0, 6:9, 5:9] > 0.99).all()
    assert unevenness(n["doubled"]) > 0.3


@claim("Behind your kernel there is no grid.")
def bilinear_kernel_leaves_no_grid(n):
    assert unevenness(n["smooth"]) < 1e-5


@claim("A photo, its maxima, and the maxima back in their places.")
def maxima_are_back_where_they_stood(n):
    before, maxima, unpooled = (
        ax.images[0].get_array() for ax in n.shown["stretch-unpool-made"][0].drawing.axes
    )
    is_maximum = unpooled > 0
    assert is_maximum.mean() == 0.25  # the rest is black
    assert (unpooled[is_maximum] == before[is_maximum]).all()
    assert sorted(unpooled[is_maximum]) == sorted(maxima.flatten())

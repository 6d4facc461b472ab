"""Exercise `RPNHead`: a 3 x 3 convolution, then two 1 x 1 (Ren et al. 2015, figure 3).

Letters: `N` images, `C` channels, `A` anchors of a cell, `Hl` and `Wl` rows and columns of level l.
"""

from torch import nn
from torchvision.models.detection.rpn import RPNHead

from rcnn_course.checks.engine import modules
from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works


def _cases(normal: Draw, _: Draw) -> Cases:
    def case(what: str, settings: tuple, *sizes: tuple, hint: str = "") -> Case:
        weights = modules.random_weights(RPNHead, settings, normal)
        return Case(what, (settings, weights, [normal(*size) for size in sizes]), hint=hint)

    yield case(
        "one level",
        (4, 3),
        (1, 4, 5, 6),
        hint="3 x 3 convolution, ReLU, then both 1 x 1 convolutions on what that gives.",
    )
    yield case(
        "three levels, two images",
        (4, 3),
        (2, 4, 6, 8),
        (2, 4, 3, 4),
        (2, 4, 2, 2),
        hint="the same layers run on every level; each result is a list with one map a level.",
    )
    yield case("one anchor in each cell", (3, 1), (1, 3, 4, 4))
    yield case(
        "two convolutions, conv_depth=2",
        (4, 2, 2),
        (1, 4, 5, 6),
        (1, 4, 3, 3),
        hint="each of the conv_depth convolutions has its own ReLU.",
    )
    yield case("a level of one cell", (4, 3), (1, 4, 1, 1))


RPN_HEAD = Exercise(
    name="RPNHead",
    reference=RPNHead,
    source="torchvision's RPNHead",
    picture="map",
    steps=(
        "One road for all levels: 3 x 3 convolutions with a ReLU, then two 1 x 1 convolutions"
        " side by side.",
        "For each anchor one logit and four deltas: how many channels does each of the two give?",
        "The names conv, cls_logits and bbox_pred, and the nesting inside conv, must be "
        "torchvision's.",
        "x is a list of levels; both results are lists as long.",
    ),
    own_cases=_cases,
    odd=Odd(gradient=["weights", "x"], of=1),
    use=modules.build_and_run,
    refused=(works.RPN_HEAD,),
    atol=1e-4,
    mistakes={
        "no_relu": Mistake(
            "there is no ReLU after the convolution",
            modules.each_altered(nn.ReLU, modules.leave_out),
            "without it, 3 x 3 and 1 x 1 together are but one linear layer.",
        ),
        "last_relu_alone": Mistake(
            "only the last convolution has a ReLU",
            modules.altered(
                lambda module: modules.alter_each(nn.ReLU, module.conv[:-1], modules.leave_out)
            ),
            "each of the conv_depth convolutions is followed by its own ReLU.",
        ),
        "relu_on_outputs": Mistake(
            "the outputs go through a ReLU",
            lambda call: tuple([map_.relu() for map_ in maps] for maps in call()),
            "logits and deltas may be negative; the ReLU stands before the two 1 x 1 convolutions.",
        ),
        "no_padding": Mistake(
            "the 3 x 3 convolution has no padding",
            modules.each_altered(nn.Conv2d, modules.with_options(padding=(0, 0))),
            "every cell has anchors, so the outputs have as many rows and columns as the map.",
        ),
        "no_convolution": Mistake(
            "the 3 x 3 convolution is left out in the forward pass",
            modules.altered(lambda module: modules.leave_out(module.conv)),
            "the two 1 x 1 convolutions read what the 3 x 3 convolution gives, not the map itself.",
        ),
        "convolved_twice": Mistake(
            "the 3 x 3 convolution runs twice",
            modules.altered(
                lambda module: module.conv.register_forward_hook(
                    lambda conv, _, output: conv.forward(output)
                )
            ),
            "run it once on each level, and give what it returns to both 1 x 1 convolutions.",
        ),
        "outputs_swapped": Mistake(
            "logits and deltas are swapped",
            lambda call: call()[::-1],
            "first the A logits of each level, then the 4 A deltas.",
        ),
        "probabilities": Mistake(
            "the logits are turned into probabilities",
            lambda call: ([map_.sigmoid() for map_ in call()[0]], call()[1]),
            "the head returns logits; the loss and the filter take the sigmoid themselves.",
        ),
        "levels_reversed": Mistake(
            "the levels stand in the opposite order",
            lambda call: tuple(maps[::-1] for maps in call()),
            "entry l of both results belongs to entry l of the list of maps.",
        ),
    },
)

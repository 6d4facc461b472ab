"""Looks: a person's build, skin, hair and clothes."""

from random import Random
from typing import NamedTuple

from rcnn_course.datasets.painting.canvas import Colour

_SKINS = (
    (250, 216, 190),
    (243, 200, 168),
    (232, 182, 144),
    (214, 158, 116),
    (188, 130, 90),
    (158, 104, 68),
    (124, 79, 52),
    (92, 58, 40),
)
_HAIRS = (
    (32, 26, 26),
    (54, 38, 30),
    (88, 56, 36),
    (134, 84, 44),
    (196, 146, 74),
    (226, 190, 122),
    (172, 76, 40),
    (168, 166, 166),
)
_CLOTHS = (
    (214, 69, 65),
    (231, 126, 72),
    (240, 188, 84),
    (122, 168, 92),
    (52, 134, 116),
    (64, 150, 190),
    (48, 92, 150),
    (60, 62, 104),
    (142, 92, 160),
    (226, 132, 154),
    (240, 236, 226),
    (180, 184, 188),
    (92, 96, 104),
    (44, 48, 56),
    (128, 206, 190),
    (120, 40, 56),
)
_TROUSERS = (
    (52, 72, 112),
    (38, 46, 66),
    (84, 112, 150),
    (74, 70, 70),
    (36, 36, 40),
    (150, 126, 94),
    (196, 178, 146),
    (96, 104, 82),
    (122, 66, 58),
    (208, 206, 204),
)
_SHOES = ((36, 32, 34), (238, 236, 232), (128, 78, 48), (200, 70, 60), (66, 90, 140))
_HAIR_STYLES = ("short", "short", "long", "ponytail", "bun", "curly", "bald", "cap")
_PATTERNS = ("plain", "plain", "stripes", "band", "yoke", "vest")


class Hair(NamedTuple):
    """How a head is covered."""

    style: str
    colour: Colour
    cap: Colour
    beard: bool


class Looks(NamedTuple):
    """A person's build, skin, hair and clothes."""

    skin: Colour
    hair: Hair
    top: Colour
    second: Colour  # of the pattern on the top
    pattern: str
    sleeves: float  # how much of the arm is covered: 0 none, 0.5 to the elbow, 1 to the wrist
    bottom: Colour
    legs: float  # how much of the leg is covered: 0 none, 0.5 to the knee, 1 to the ankle
    skirt: float  # length of the skirt in heights of the person, 0 for none
    shoes: Colour
    build: float  # thickness of trunk and limbs, 1 on average
    head: float  # size of the head, 1 for an adult


def random_looks(rng: Random) -> Looks:
    """Choose how somebody looks; every fifth is a child, who has a larger head."""
    child = rng.random() < 0.2
    top, second = rng.choice(_CLOTHS), rng.choice(_CLOTHS)
    skirt = rng.choice((0, 0, 0, 0, 0.15, 0.22, 0.3))
    dress = skirt > 0 and rng.random() < 0.5
    return Looks(
        skin=rng.choice(_SKINS),
        hair=_random_hair(rng),
        top=top,
        second=second,
        pattern=rng.choice(_PATTERNS),
        sleeves=rng.choice((0.0, 0.28, 0.32, 0.5, 1.0, 1.0)),
        bottom=top if dress else rng.choice(_TROUSERS),
        legs=0.0 if skirt else rng.choice((1.0, 1.0, 1.0, 0.42, 0.34)),
        skirt=skirt,
        shoes=rng.choice(_SHOES),
        build=rng.uniform(0.9, 1.22),
        head=rng.uniform(1.2, 1.35) if child else rng.uniform(0.95, 1.06),
    )


def _random_hair(rng: Random) -> Hair:
    cap, style, colour = rng.choice(_CLOTHS), rng.choice(_HAIR_STYLES), rng.choice(_HAIRS)
    beard = style in ("short", "bald", "cap") and rng.random() < 0.2
    return Hair(style, colour, cap, beard)

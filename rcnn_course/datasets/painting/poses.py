"""Poses that people take, each with a little chance in its angles."""

from random import Random

from rcnn_course.datasets.painting.skeleton import Limb, Pose

_HANGING = Limb(3, 9, 12, 5)
_STRAIGHT = Limb(1, 4, -1, 3)
_ON_HIP = Limb(-12, 48, 20, -38)
_RAISED = Limb(10, 150, 5, 172)
_WAVING = Limb(15, 105, 20, 165)
_SIDEWAYS = Limb(5, 88, 5, 92)

POSES: dict[str, Pose] = {
    "standing": Pose((_HANGING, _HANGING), (_STRAIGHT, _STRAIGHT)),
    "hands on hips": Pose((_ON_HIP, _ON_HIP), (Limb(1, 9, -1, 7), Limb(1, 9, -1, 7))),
    "one hand on hip": Pose((_ON_HIP, _HANGING), (Limb(1, 9, -1, 7), _STRAIGHT), tilt=-4),
    "walking": Pose(
        (Limb(-28, 7, -8, 4), Limb(26, 7, 48, 2)),
        (Limb(27, 2, 12, 1), Limb(-16, 2, -38, 2)),
        lean=4,
    ),
    "striding": Pose(
        (Limb(-38, 8, -5, 5), Limb(38, 8, 62, 0)),
        (Limb(34, 2, 22, 1), Limb(-24, 2, -34, 2)),
        lean=7,
    ),
    "running": Pose(
        (Limb(-55, 12, 30, 0), Limb(35, 10, 118, -8)),
        (Limb(62, 2, -18, 1), Limb(-20, 2, -82, 2)),
        lean=14,
        lift=0.03,
    ),
    "arms up": Pose((_RAISED, _RAISED), (Limb(1, 8, -1, 6), Limb(1, 8, -1, 6))),
    "waving": Pose((_WAVING, _HANGING), (_STRAIGHT, _STRAIGHT), tilt=-3, nod=6),
    "arms wide": Pose((_SIDEWAYS, _SIDEWAYS), (Limb(1, 12, -1, 10), Limb(1, 12, -1, 10))),
    "pointing": Pose((Limb(82, 12, 86, 6), _HANGING), (_STRAIGHT, Limb(-6, 5, -10, 4))),
    "star jump": Pose(
        (Limb(5, 132, 5, 140), Limb(5, 132, 5, 140)),
        (Limb(4, 27, -6, 24), Limb(4, 27, -6, 24)),
        lift=0.1,
    ),
    "kicking": Pose(
        (Limb(-20, 45, 5, 40), Limb(-30, 40, 0, 35)),
        (Limb(-6, 4, -10, 3), Limb(58, 4, 44, 3)),
        lean=-8,
    ),
    "sitting": Pose(
        (Limb(32, 10, 72, -4), Limb(32, 10, 72, -4)),
        (Limb(84, 9, -3, 5), Limb(84, 9, 4, 5)),
        lean=3,
        seated=True,
    ),
    "crouching": Pose(
        (Limb(55, 14, 66, 4), Limb(55, 14, 66, 4)),
        (Limb(98, 16, -38, 6), Limb(92, 16, -40, 6)),
        lean=32,
    ),
    "lunging": Pose(
        (Limb(20, 30, 30, 12), Limb(-15, 30, 8, 12)),
        (Limb(70, 4, -2, 3), Limb(-32, 3, -52, 2)),
        lean=6,
    ),
    "bending": Pose(
        (Limb(12, 8, 22, 3), Limb(18, 8, 28, 3)),
        (Limb(10, 6, -12, 4), Limb(12, 6, -12, 4)),
        lean=58,
    ),
    "leaning": Pose(
        (_HANGING, Limb(5, 40, 20, 25)), (Limb(1, 3, -1, 2), Limb(1, 14, -1, 12)), tilt=15
    ),
}

_STILL = ("standing", "hands on hips", "one hand on hip", "waving", "pointing", "arms up")
_MOVING = ("walking", "striding", "running", "walking", "running", "lunging", "kicking")
_OTHER = ("arms wide", "star jump", "sitting", "sitting", "crouching", "bending", "leaning")


def _mirror(pose: Pose) -> Pose:
    return pose._replace(
        arms=pose.arms[::-1], legs=pose.legs[::-1], tilt=-pose.tilt, nod=-pose.nod, turn=-pose.turn
    )


def random_pose(rng: Random) -> Pose:
    """A pose from `POSES`, or its mirror image, with chance added to every angle."""

    def loosen(limb: Limb, degrees: float) -> Limb:
        return Limb(*(angle + rng.uniform(-degrees, degrees) for angle in limb))

    pose = POSES[rng.choice(rng.choice((_STILL, _MOVING, _OTHER)))]
    if rng.random() < 0.5:
        pose = _mirror(pose)
    return pose._replace(
        arms=(loosen(pose.arms[0], 9), loosen(pose.arms[1], 9)),
        legs=(loosen(pose.legs[0], 3), loosen(pose.legs[1], 3)),
        lean=pose.lean + rng.uniform(-3, 4),
        tilt=pose.tilt + rng.uniform(-4, 4),
        nod=pose.nod + rng.uniform(-7, 7),
        turn=rng.uniform(-30, 30),
    )

"""A skeleton in three dimensions: from the angles of a pose to joints on the screen.

The body's axes are x to its own left, y up and z out of its chest; one unit is the height of the
person. Seen at yaw 0 the person faces the camera, at 90 the right-hand edge of the picture.
"""

from typing import NamedTuple

from rcnn_course.datasets.painting.shapes import cosd, sind

Vector = tuple[float, float, float]

THIGH, SHIN, ANKLE_HEIGHT, FOOT = 0.235, 0.235, 0.045, 0.085
UPPER_ARM, FOREARM = 0.155, 0.135
HALF_HIPS, HALF_SHOULDERS = 0.062, 0.105
SPINE, NECK = 0.285, 0.118
LEFT, RIGHT = 0, 1


class Limb(NamedTuple):
    """Directions of a limb's two bones, in degrees away from hanging straight down.

    `swing` is forwards, `spread` is sideways and outwards; 180 of either is straight up.
    """

    swing: float
    spread: float
    lower_swing: float
    lower_spread: float


class Pose(NamedTuple):
    """The angles of a body: arms and legs are (left, right)."""

    arms: tuple[Limb, Limb]
    legs: tuple[Limb, Limb]
    lean: float = 0.0  # of the trunk, forwards
    tilt: float = 0.0  # of the trunk, to the body's left
    nod: float = 0.0  # of the head, to the body's left
    turn: float = 0.0  # of the head, to the body's left
    lift: float = 0.0  # off the ground, in heights
    seated: bool = False


class Joint(NamedTuple):
    """A joint on the screen: x and y in pixels, depth towards the camera in heights."""

    x: float
    y: float
    depth: float


def _along(start: Vector, length: float, swing: float, spread: float, side: int) -> Vector:
    """The end of a bone that leaves `start` in the given direction."""
    outwards = 1 if side == LEFT else -1
    x, y, z = start
    return (
        x + outwards * length * sind(spread),
        y - length * cosd(spread) * cosd(swing),
        z + length * cosd(spread) * sind(swing),
    )


def body_joints(pose: Pose, shoulders: float = 1.0) -> dict[str, Vector]:
    """Joints in the body's axes, with the lowest point on the ground (y = 0).

    Args:
        pose (Pose): the angles, in degrees.
        shoulders (float): width of the shoulders relative to the average.

    Returns:
        dict[str, Vector]: the twelve COCO joints below the head, each with `left_` or `right_`,
        also `left_toe`, `right_toe`, `pelvis`, `neck` and `head` (its centre).
    """

    def trunk(x: float, y: float) -> Vector:
        """Turn a point of the upright trunk by tilt and lean about the pelvis."""
        x, y = x * cosd(pose.tilt) + y * sind(pose.tilt), y * cosd(pose.tilt) - x * sind(pose.tilt)
        return x, y * cosd(pose.lean), y * sind(pose.lean)

    joints: dict[str, Vector] = {
        "pelvis": (0.0, 0.0, 0.0),
        "neck": trunk(0.0, SPINE),
        "head": trunk(0.0, SPINE + NECK),
    }
    for side, name, outwards in ((LEFT, "left", 1), (RIGHT, "right", -1)):
        arm, leg = pose.arms[side], pose.legs[side]
        shoulder = trunk(outwards * HALF_SHOULDERS * shoulders, SPINE - 0.02)
        elbow = _along(shoulder, UPPER_ARM, arm.swing, arm.spread, side)
        hip = (outwards * HALF_HIPS, -0.01, 0.0)
        knee = _along(hip, THIGH, leg.swing, leg.spread, side)
        ankle = _along(knee, SHIN, leg.lower_swing, leg.lower_spread, side)
        joints |= {
            f"{name}_shoulder": shoulder,
            f"{name}_elbow": elbow,
            f"{name}_wrist": _along(elbow, FOREARM, arm.lower_swing, arm.lower_spread, side),
            f"{name}_hip": hip,
            f"{name}_knee": knee,
            f"{name}_ankle": ankle,
            f"{name}_toe": _along(ankle, FOOT, 82 + 0.8 * leg.lower_swing, 12, side),
        }
    lowest = min(y - ANKLE_HEIGHT for name, (_, y, _) in joints.items() if "ankle" in name)
    lowest = min([lowest, joints["left_toe"][1] - 0.03, joints["right_toe"][1] - 0.03])
    return {name: (x, y - lowest + pose.lift, z) for name, (x, y, z) in joints.items()}


def project(
    joints: dict[str, Vector], x: float, y: float, height: float, yaw: float
) -> dict[str, Joint]:
    """Joints as the camera sees them, in parallel projection.

    Args:
        joints (dict[str, Vector]): in the body's axes.
        x (float): of the pelvis on the screen, in pixels.
        y (float): of the ground under the person on the screen, in pixels.
        height (float): of the person, in pixels.
        yaw (float): 0 faces the camera, 90 the right-hand edge, 180 away, 270 the left-hand edge.
    """
    c, s = cosd(yaw), sind(yaw)
    return {
        name: Joint(x + height * (bx * c + bz * s), y - height * by, bz * c - bx * s)
        for name, (bx, by, bz) in joints.items()
    }

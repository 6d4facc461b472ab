"""Stretch goal `roi_align_cases`: write the check of `roi_align` yourself.

The wrong versions are typical mistakes of the exercise `roi_align`. Cases catch one where it gives
something else than the right version, or raises an error.

Letters: N images, C channels, H and W rows and columns of a feature map.
"""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from rcnn_course.checks.engine.compare import Mismatch, equal
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.checks.exercises.n06_roi_align import roi_align as right
from rcnn_course.reference.roi_cases import roi_align_cases

WRONG_VERSIONS = (
    "always_moved",
    "half_cell_added",
    "x_and_y_swapped",
    "sides_swapped",
    "first_image_only",
    "rounded",
    "adaptive_two_samples",
    "samples_on_corners",
    "border_repeated",
    "fades_outside",
    "least_size_missing",
    "least_size_always",
)
"""Keys of typical mistakes of `roi_align`."""

MOST_CASES, MOST_CELLS, MOST_NAMED = 12, 100, 2
"""How many cases there may be, how far from 0 a box may end, and how many ideas are named."""

OPTIONS = ("boxes", "output_size", "spatial_scale", "sampling_ratio", "aligned")


def _use(subject: Callable, features: Tensor) -> Any:
    """Ask for cases, and keep what they are for."""
    cases = subject(features)
    return cases if cases is None or cases is ... else {"features": features, "cases": cases}


def _cases(normal: Draw, _: Draw) -> Cases:
    for images in (2, 3):
        yield Case(
            f"wrong versions on {images} maps of random numbers", (normal(images, 2, 9, 12),)
        )


def _marked(value: Any) -> Any:
    """Say how many wrong versions are caught, and the ideas of some that are not."""
    if not isinstance(value, dict):
        return value
    calls = _calls(value["features"], value["cases"])
    missed = [key for key in WRONG_VERSIONS if not any(_is_caught(key, call) for call in calls)]
    ideas = " Or: ".join(right.ROI_ALIGN.mistakes[key].hint for key in missed[:MOST_NAMED])
    score = f"{len(WRONG_VERSIONS) - len(missed)} of {len(WRONG_VERSIONS)} wrong versions caught"
    return f"{score}. Think of this: {ideas}" if missed else score


def _calls(features: Tensor, cases: Any) -> list[Call]:
    """Return the calls that cases ask for.

    Raises:
        Mismatch: If there are none or too many, or `roi_align` cannot be called with one.
    """
    if not isinstance(cases, list | tuple) or not 0 < len(cases) <= MOST_CASES:
        raise Mismatch(f"The result must be a list of 1 to {MOST_CASES} dictionaries.")
    exercise = right.ROI_ALIGN
    calls = []
    for number, options in enumerate(cases, 1):
        if not isinstance(options, dict) or not {"boxes", "output_size"} <= {*options} <= {
            *OPTIONS
        }:
            raise Mismatch(
                f"Case {number} of yours must be a dictionary with boxes, output_size and, where "
                "wanted, spatial_scale, sampling_ratio and aligned."
            )
        _require_small(number, options)
        _require_images(number, options["boxes"], len(features))
        call = exercise.call(Case("", (features,), options))
        try:
            call()
        except Exception as error:
            problem = f"roi_align cannot be called with case {number} of yours: {error}"
            raise Mismatch(problem.splitlines()[0]) from error
        calls.append(call)
    return calls


def _require_small(number: int, options: dict) -> None:
    """Raise Mismatch where a case would take long."""
    boxes, scale = options["boxes"], options.get("spatial_scale", 1.0)
    parts = boxes if isinstance(boxes, list | tuple) else [boxes]
    sizes = options["output_size"]
    numbers = [*(sizes if isinstance(sizes, list | tuple) else [sizes])]
    numbers.append(options.get("sampling_ratio", -1))
    is_small = (
        all(isinstance(part, Tensor) and part.numel() <= MOST_CELLS for part in parts)
        and all(isinstance(one, int) and one <= 9 for one in numbers)
        and isinstance(scale, int | float)
        and all(bool((part * scale).abs().le(MOST_CELLS).all()) for part in parts)
    )
    if not is_small:
        raise Mismatch(
            f"Case {number} of yours must be small: boxes in tensors, up to 20 of an image and no "
            f"further than {MOST_CELLS} cells from 0, and at most 9 bins and samples a side."
        )


def _require_images(number: int, boxes: Any, images: int) -> None:
    """Raise Mismatch where boxes name an image that is not there: other memory would be read."""
    is_numbered = isinstance(boxes, Tensor) and boxes.dim() == 2 and boxes.shape[1] == 5
    if is_numbered and not all(0 <= image < images for image in boxes[:, 0].tolist()):
        raise Mismatch(
            f"Case {number} of yours names an image that is not there: features holds {images} "
            f"maps, and the first column of boxes numbers them from 0 to {images - 1}."
        )


def _is_caught(key: str, call: Call) -> bool:
    exercise = right.ROI_ALIGN
    try:
        found = exercise.mistakes[key].wrong(call)
    except Exception:
        return True
    if found is None:
        return False
    return not equal(found, call(), rtol=exercise.rtol, atol=exercise.atol)


def _each(change: Callable[[dict], dict]) -> Callable[[Call], Any]:
    """Make the mistake of cases that are all changed in this way."""

    def wrong(call: Call) -> Any:
        cases: Sequence[dict] = roi_align_cases(call.features)
        return {"features": call.features, "cases": [change(case) for case in cases]}

    return wrong


def _inside(case: dict) -> dict:
    box = case["boxes"][0].new_tensor([[2.3, 1.1, 6.9, 5.4]]) / case.get("spatial_scale", 1.0)
    return case | {"boxes": [box + 0.3 * number for number in range(len(case["boxes"]))]}


ROI_ALIGN_CASES = Exercise(
    name="roi_align_cases",
    reference=roi_align_cases,
    source="the definition: each wrong version is caught by one of your cases",
    own_cases=_cases,
    use=_use,
    marked=_marked,
    is_stretch=True,
    steps=(
        "What does each option do? Two cases that differ in one option alone show whether a "
        "version listens to it.",
        "Think of what is square, equal or whole in your cases: there, a mistake cannot be seen.",
        "Where does roi_align have a special rule? Beyond the border, for very small boxes, and "
        "where sampling_ratio is not given.",
    ),
    mistakes={
        "never_aligned": Mistake(
            "no case has aligned=True",
            _each(lambda case: case | {"aligned": False}),
            "half a cell is taken off with aligned=True alone: what if a version forgets it?",
        ),
        "never_adaptive": Mistake(
            "every case gives the number of samples",
            _each(lambda case: case | {"sampling_ratio": 2}),
            "with sampling_ratio=-1 each box has its own number of samples.",
        ),
        "inside_alone": Mistake(
            "all boxes lie inside the map and are larger than a cell",
            _each(_inside),
            "roi_align has rules for what lies outside, and for what is smaller than a cell.",
        ),
    },
)

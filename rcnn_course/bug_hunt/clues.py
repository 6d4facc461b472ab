"""What a student sees of a detector or of a training, and how near a guess is."""

import math
import textwrap
from collections.abc import Mapping

import torch
from torch import Tensor
from torchvision.models.detection.faster_rcnn import FasterRCNN

from rcnn_course import draw
from rcnn_course.bug_hunt import pictures, tables
from rcnn_course.bug_hunt.planting import PARTS, TRAINING, mistakes_of, plant
from rcnn_course.bug_hunt.trainings import HELD_OUT, Training, record_of, trainings
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import compare_stages, first_difference, load_detector
from rcnn_course.models.stages import STAGES, Comparison, stage_outputs
from rcnn_course.reference.planted import Bug

WIDTH = 96
THIS = "this one"
GUESS = "your guess"


def say(text: str) -> None:
    """Print a text in lines that fit below a cell."""
    print(textwrap.fill(text, WIDTH))


def right_detector() -> FasterRCNN:
    """Return the detector in copies of which mistakes are planted."""
    return load_detector("maskkeypointrcnn", weights="course")


@torch.no_grad()
def detect(model: FasterRCNN, image: Tensor) -> dict[str, Tensor]:
    """Return what a detector finds in one picture."""
    return model([image])[0]


def show_detections(
    image: Tensor, target: tables.Detections, found: Mapping[str, tables.Detections]
) -> None:
    """Show what detectors have found beside the truth and what the right detector finds.

    Args:
        image: Tensor[3, H, W], the picture.
        target: its truth.
        found: detections by the name of the detector.
    """
    right = detect(right_detector(), image)
    draw.show(
        pictures.picture_of_detections(image, {"truth": target, "right detector": right, **found}),
        caption=f"Detections with a score of {tables.SURE} or more, with masks and keypoints.",
        alt=f"One scene with the boxes of the truth and of detectors; drawn: {_counted(found)}.",
    )
    for name, detections in found.items():
        print(tables.table_of_detections(name, right, detections))


def _counted(found: Mapping[str, tables.Detections]) -> str:
    return ", ".join(f"{len(tables.sure(d)['boxes'])} of {name}" for name, d in found.items())


def show_training(training: Training) -> None:
    """Show a training beside the one without a mistake: detections afterwards, and losses."""
    named = {"no mistake": trainings()["right"], THIS: training}
    image, target = GeneratedPeople(**HELD_OUT)[0]
    truth = {key: target[key] for key in ("boxes", "labels")}
    found = {name: of_one.detections for name, of_one in named.items()}
    draw.show(
        pictures.picture_of_detections(image, {"truth": truth, **found}),
        caption="After the short training, on a picture that was not in it.",
        alt=f"One scene with the boxes of the truth and of detectors; drawn: {_counted(found)}.",
    )
    show_losses({name: of_one.losses for name, of_one in named.items()})


def show_numbers(name: str, model: FasterRCNN, image: Tensor, stage: str, count: int) -> None:
    """Print the first rows of a stage's output that differ, and those of the right detector.

    Args:
        name: of the detector.
        model: the detector.
        image: Tensor[3, H, W], the picture.
        stage: a key of `STAGES`.
        count: how many rows.
    """
    pairs = stage_outputs(model, right_detector(), [image], stage)
    print(tables.table_of_rows(name, pairs, count))


def show_losses(named: Mapping[str, pictures.Losses]) -> None:
    """Show the losses of trainings, by their names, as charts and in numbers."""
    ends = ", ".join(f"{loss} ends at {values[-1]:.2f}" for loss, values in named[THIS].items())
    draw.show(
        pictures.picture_of_losses(named),
        caption="The four losses of the short training, on logarithmic scales.",
        alt=f"Four charts of losses; of {THIS} {ends}.",
    )
    print(tables.table_of_losses(named))


def meaningless(stage: str | None, part: str, mistake: str) -> str:
    """Say which word of a guess means nothing in the hunt, or ''."""
    if stage is not None and stage not in STAGES:
        return f"There is no stage {stage!r}. The stages are {', '.join(STAGES)}; or None."
    if part not in PARTS:
        return f"There is no part {part!r} in the hunt. The parts are {', '.join(PARTS)}."
    if mistake not in mistakes_of(part):
        return f"{part} has no mistake {mistake!r}: hunt.mistakes({part!r}) prints those it has."
    return ""


def nearness(bug: Bug, stage: str | None, part: str, mistake: str) -> str:
    """Say how near a wrong guess is to what is planted."""
    if stage != bug.stage and bug.stage is None:
        return (
            "Not the stage: compare_stages finds none that differs, so the stage is None, and the "
            "mistake is one that only training makes."
        )
    if stage != bug.stage:
        return (
            "Not the stage: compare_stages names the first one that differs. Later ones may differ "
            "as well, since 'all RoI heads' holds the stages above it."
        )
    if part != bug.part:
        return (
            f"The stage is right, but {part} is not what is wrong: with a right {part} all stays "
            f"as it is. See hunt.show({bug.round}, mended={part!r})."
        )
    return f"Stage and part are right, the mistake is another one than: {title(part, mistake)}."


def title(part: str, mistake: str) -> str:
    """Return a mistake in a few words."""
    return EXERCISES[part].mistakes[mistake].name


def compare_detectors(
    image: Tensor, target: tables.Detections, bug: Bug, part: str, mistake: str
) -> None:
    """Show what a mistake that was guessed would look like, beside the one that is planted."""
    models = {
        THIS: plant(right_detector(), bug.part, bug.mistake),
        GUESS: plant(right_detector(), part, mistake),
    }
    here, there = (_first_different(model, image) for model in models.values())
    say(
        f"With that mistake ({title(part, mistake)}) {_sentence(there)}. Here {_sentence(here)}. "
        "Compare the numbers and the pictures."
    )
    if here and there and here.stage == there.stage and math.isfinite(there.difference):
        for name, model in models.items():
            show_numbers(name, model, image, here.stage, count=3)
    try:
        found = {name: detect(model, image) for name, model in models.items()}
    except Exception as error:
        say(f"It would even stop the detector: {type(error).__name__}. This one runs.")
        return
    show_detections(image, target, found)


def compare_trainings(bug: Bug, part: str, mistake: str) -> None:
    """Show the losses with a mistake that was guessed, beside those with the one planted."""
    if part not in TRAINING:
        say("That would be a mistake in inference, where compare_stages names a stage.")
        return
    named = {
        "no mistake": trainings()["right"].losses,
        THIS: trainings()[record_of(bug.part, bug.mistake)].losses,
        GUESS: trainings()[record_of(part, mistake)].losses,
    }
    loss = tables.most_different(named[THIS], named[GUESS])
    say(
        f"With that mistake ({title(part, mistake)}) the losses would be those of {GUESS!r}. They "
        f"differ most in {loss}."
    )
    show_losses(named)


def _first_different(model: FasterRCNN, image: Tensor) -> Comparison | None:
    """Return the first stage of a detector that differs from the right one's, or None."""
    stages = compare_stages(model, right_detector(), [image])
    first = first_difference(stages)
    return next((stage for stage in stages if stage.stage == first), None)


def _sentence(stage: Comparison | None) -> str:
    if stage is None:
        return "no stage differs in this picture"
    size = f"by {stage.difference:.1e}" if math.isfinite(stage.difference) else "in its shape"
    return f"{stage.stage!r} is the first stage that differs, {size}"

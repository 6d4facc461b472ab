"""The bug hunt: three detectors, each with a planted mistake that a student names and mends.

What is planted follows from the name that the student gives. It is a game: nothing shows it at a
glance, but whoever digs in the kernel finds it. The points are given by the check of `bug_found`.
"""

from collections.abc import Callable, Mapping

from torchvision.models.detection.faster_rcnn import FasterRCNN

from rcnn_course.bug_hunt import clues
from rcnn_course.bug_hunt.planting import PARTS, mistakes_of, plant
from rcnn_course.bug_hunt.trainings import record_of, trainings
from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import assemble
from rcnn_course.models.assembly import PLACES
from rcnn_course.models.stages import STAGES
from rcnn_course.reference.planted import ROUNDS, Bug, planted


class BugHunt:
    """A hunt for three planted mistakes, other ones for each name.

    Args:
        name: the student's, such as a login; spaces around it and capitals do not count.

    Attributes:
        name: as it was given.
        image: Tensor[3, H, W], the picture that the detectors are shown.
        target: its truth.

    Raises:
        ValueError: If the name is empty.

    Example:
        >>> from rcnn_course.bug_hunt import BugHunt
        >>> hunt = BugHunt("ada")
        >>> hunt.guess(1, stage="anchors", part="grid_anchors", mistake="sleepy")
        grid_anchors has no mistake 'sleepy': hunt.mistakes('grid_anchors') prints those it has.
    """

    def __init__(self, name: str) -> None:
        if not name.strip():
            raise ValueError("name is empty: what is planted follows from it")
        self.name = name
        self.image, self.target = GeneratedPeople(18, seed=77, size=(192, 288))[17]

    def detector(self, number: int) -> FasterRCNN:
        """Return the detector of a round, in evaluation mode.

        Raises:
            ValueError: If there is no such round.
        """
        bug = self._bug(number)
        return plant(clues.right_detector(), bug.part, bug.mistake)

    def mend(self, number: int, part: str, own: Mapping[str, Callable] | None = None) -> FasterRCNN:
        """Return the detector of a round with a right part in the place of one of its parts.

        Args:
            number: of the round.
            part: the name of its exercise; '' mends nothing.
            own: parts of the student by name; torchvision's is taken where `part` is not there.

        Raises:
            ValueError: If there is no such round or part.
        """
        if not self._mends(number, part):
            return self.detector(number)
        mended = {part: own[part]} if own and part in own and part in PLACES else {}
        return assemble(clues.right_detector(), mended)

    def show(self, number: int, *, mended: str = "") -> None:
        """Show what the detector of a round does, beside the truth and the right detector.

        Of the last round, a short training is shown: what its detector finds, and its losses.

        Args:
            number: of the round.
            mended: the name of a part that is replaced by a right one before.

        Raises:
            ValueError: If there is no such round or part.
        """
        bug = self._bug(number)
        if bug.stage is None:
            is_mended = self._mends(number, mended)
            key = "right" if is_mended else record_of(bug.part, bug.mistake)
            clues.show_training(trainings()[key])
        else:
            found = clues.detect(self.mend(number, mended), self.image)
            clues.show_detections(self.image, self.target, {clues.THIS: found})

    def numbers(self, number: int, stage: str, count: int = 6) -> None:
        """Print the first numbers in the output of a stage that differ, and the right ones.

        The stage gets the input that the right detector gives it.

        Args:
            number: of the round.
            stage: a stage, as `compare_stages` calls it.
            count: how many rows.

        Raises:
            ValueError: If there is no such round or stage.
        """
        if stage not in STAGES:
            raise ValueError(f"stage must be one of {', '.join(STAGES)}, but got {stage!r}")
        clues.show_numbers(clues.THIS, self.detector(number), self.image, stage, count)

    def mistakes(self, part: str) -> None:
        """Print the typical mistakes of a part, each by its key, for `guess`.

        Args:
            part: the name of its exercise.

        Raises:
            ValueError: If there is no such part in the hunt.
        """
        _require_part(part)
        for key in mistakes_of(part):
            print(f"{key:28}{clues.title(part, key)}")

    def guess(self, number: int, *, stage: str | None, part: str, mistake: str) -> None:
        """Say how near a guess is, and show what the mistake that is guessed would look like.

        Args:
            number: of the round.
            stage: the first stage that differs, as `compare_stages` calls it; None if none does.
            part: the name of the exercise whose part is wrong.
            mistake: its key, one of those that `mistakes(part)` prints.

        Raises:
            ValueError: If there is no such round.
        """
        bug = self._bug(number)
        if not part or not mistake:
            print("Nothing is guessed yet.")
        elif problem := clues.meaningless(stage, part, mistake):
            clues.say(problem)
        elif (stage, part, mistake) == (bug.stage, bug.part, bug.mistake):
            clues.say(f"Found: {clues.title(part, mistake)}. Now mend it, in one line.")
        else:
            clues.say(clues.nearness(bug, stage, part, mistake))
            if (part, mistake) == (bug.part, bug.mistake):
                return
            if bug.stage is None:
                clues.compare_trainings(bug, part, mistake)
            else:
                clues.compare_detectors(self.image, self.target, bug, part, mistake)

    def _bug(self, number: int) -> Bug:
        if number not in ROUNDS:
            raise ValueError(f"number must be one of the rounds 1, 2, 3, but got {number!r}")
        return planted(self.name)[number - 1]

    def _mends(self, number: int, part: str) -> bool:
        """Tell whether a right part of this name takes the mistake away."""
        if part:
            _require_part(part)
        return part == self._bug(number).part


def _require_part(part: str) -> None:
    if part not in PARTS:
        raise ValueError(f"part must be one of {', '.join(PARTS)}, but got {part!r}")

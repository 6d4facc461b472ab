"""What a person sees while a class is graded."""

import sys
from collections import Counter

from tqdm import tqdm

from rcnn_course.grading.intake.student_names import shown
from rcnn_course.grading.outcome import Graded


class Progress:
    """Is told what happens while a class is graded; this one says only what is not as it should be.

    `started` may be called from another thread than the rest.
    """

    def begin(self, total: int) -> None:
        """So many submissions are to be graded."""

    def isolated(self, shortfall: str) -> None:
        """Submissions run in sandboxes that are not the best ones."""
        tqdm.write(shortfall, file=sys.stderr)

    def started(self, student: str) -> None:
        """A worker has begun to run a submission."""

    def put_back(self, student: str) -> None:
        """Only the clock has stopped a submission: it will be run again, after the others."""

    def done(self, graded: Graded) -> None:
        """What came out for a submission is saved."""

    def end(self) -> None:
        """Nothing more comes."""


class Bar(Progress):
    """A bar with the students in work, how many have failed, and the time that is left."""

    def __init__(self, assignment: str):
        self._assignment = assignment
        self._in_work: dict[str, None] = {}
        self._put_back: set[str] = set()
        self._counts: Counter[str] = Counter()

    def begin(self, total: int) -> None:
        """Show the bar."""
        self._bar = tqdm(desc=self._assignment, total=total, unit="student", dynamic_ncols=True)

    def started(self, student: str) -> None:
        """Show who is in work."""
        self._in_work[student] = None
        self._show()

    def put_back(self, student: str) -> None:
        """Count who waits to be run again."""
        self._in_work.pop(student, None)
        self._put_back.add(student)
        self._show()

    def done(self, graded: Graded) -> None:
        """Move the bar."""
        self._in_work.pop(graded.student, None)
        self._put_back.discard(graded.student)
        self._counts[graded.status] += 1
        self._show()
        self._bar.update()

    def end(self) -> None:
        """Leave the bar as it is."""
        self._bar.set_postfix_str(f"{self._counts['failed']} failed")
        self._bar.close()

    def _show(self) -> None:
        said = [f"{self._counts['failed']} failed"]
        if self._put_back:
            said.append(f"{len(self._put_back)} to run again (busy machine)")
        names = ", ".join(map(shown, list(self._in_work)[:4]))
        self._bar.set_postfix_str(", ".join([*said, f"in work: {names or '-'}"]))

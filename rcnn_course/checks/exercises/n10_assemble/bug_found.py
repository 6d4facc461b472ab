"""Exercise `bug_found`: what is planted in the detectors of the bug hunt.

The right answer is another one for each student, so an answer brings the student's name, and is
marked where it is judged: the kernel in which it was found compares nothing.
"""

from collections.abc import Callable
from typing import Any

from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.reference.planted import ROUNDS, bug_found, planted

_FOUND = "found"
_OPEN = "not named yet"
_OTHER_ROUND = "what is planted in another round"
_OTHER_STAGE = "another stage"
_OTHER_PART = "the right stage, and another part"
_OTHER_MISTAKE = "the right stage and part, and another mistake"


def _use(subject: Callable, number: int) -> Any:
    """Ask for one round."""
    answer = subject(number)
    return answer if answer is None or answer is ... else {"round": number, "answer": answer}


def _cases(normal: Draw, uniform: Draw) -> Cases:
    hints = (
        "the picture shows it; compare_stages names the stage.",
        "put the numbers of hunt.show(2) beside those of a guess: which of them differ, and "
        "by how much?",
        "its stages are right, and the stage is None: the losses tell, and hunt.guess(3, …) shows "
        "those of a guess beside yours.",
    )
    order = uniform(len(ROUNDS)).argsort().tolist()
    for index in order:
        yield Case(f"round {ROUNDS[index]}", (ROUNDS[index],), hint=hints[index])


def _marked(value: Any) -> Any:
    """Say how near an answer is to what is planted for the student whom it names."""
    if not isinstance(value, dict):
        return value
    answer = value["answer"]
    if not _is_complete(answer):
        raise Mismatch(
            "The result must be four things: your name as BugHunt has it, the stage, the part and "
            "the mistake."
        )
    name, *named = answer
    bugs = planted(name)
    right = [(bug.stage, bug.part, bug.mistake) for bug in bugs]
    wanted = right[value["round"] - 1]
    if "" in named:
        return _OPEN
    if tuple(named) == wanted:
        return _FOUND
    if tuple(named) in right:
        return _OTHER_ROUND
    if named[0] != wanted[0]:
        return _OTHER_STAGE
    return _OTHER_PART if named[1] != wanted[1] else _OTHER_MISTAKE


def _is_complete(answer: Any) -> bool:
    """Tell whether an answer has a name, a stage or None, a part and a mistake."""
    return (
        isinstance(answer, tuple | list)
        and len(answer) == 4
        and all(isinstance(word, str | None) for word in answer)
        and answer[0] is not None
    )


def _answer(*named: str | None) -> Callable[[Call], Any]:
    """Make the mistake of another answer; None in it stands for what is right."""

    def wrong(call: Call) -> Any:
        name, *right = bug_found(call.number)
        other = [n if n is not None else r for n, r in zip(named, right, strict=True)]
        return {"round": call.number, "answer": (name, *other)}

    return wrong


BUG_FOUND = Exercise(
    name="bug_found",
    reference=bug_found,
    source="what is planted in your detectors",
    own_cases=_cases,
    use=_use,
    marked=_marked,
    steps=(
        "One round at a time: hunt.show shows what comes out of your detector and of the right "
        "one. Say in words what is odd: shifted, missing, doubled, too many?",
        "The first stage that differs is where the mistake sits; all later ones differ because of "
        "it. Which exercises are parts of that stage?",
        "Go through the typical mistakes of such a part, and let hunt.guess show what each would "
        "look like. The one that gives your picture and your numbers is it.",
    ),
    mistakes={
        "not_named": Mistake(
            "nothing is named yet",
            _answer("", "", ""),
            "begin with hunt.show(1), and return what you have found; '' stands for the rest.",
        ),
        "other_round": Mistake(
            "the rounds are mixed up",
            lambda call: {
                "round": call.number,
                "answer": bug_found(call.number % len(ROUNDS) + 1),
            },
            "the argument says which round is asked for.",
        ),
        "other_stage": Mistake(
            "the stages are other ones",
            _answer("another", None, None),
            "the first stage that differs counts, and None where none does. Is your name the one "
            "that BugHunt got?",
        ),
        "other_part": Mistake(
            "the stages are right, the parts are other ones",
            _answer(None, "another", None),
            "mend the part that you suspect: does the stage still differ?",
        ),
        "other_mistake": Mistake(
            "stages and parts are right, the mistakes are other ones",
            _answer(None, None, "another"),
            "hunt.guess shows what a mistake would look like, beside what you see.",
        ),
    },
)

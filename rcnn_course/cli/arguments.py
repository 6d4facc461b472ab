"""Arguments: what the commands of the course are called, and the options that they take."""

import argparse
from pathlib import Path

DESCRIPTION = "Helper of the R-CNN course."
COMMANDS = """\
commands for everyone
  start     put the notebooks into a folder; never over your work
  progress  run your notebooks, and say what is correct and what comes next
  doctor    check this machine, and say what is missing and how to mend it
  data      look through pictures that you have labelled, before you train on them
  train     train a detector on pictures that you have labelled, and measure it

commands for instructors, in a checkout of the course
  grade     grade the submissions of an assignment, in sandboxes and many at once
  feedback  write a page for each student: points, what the checks say, and why
  similar   show which answers of a class are nearer than independent answers are
  ideas     show which ideas stand behind the mistakes of a class, or of a student
  demo      grade a made-up class in a temporary folder, and show what came out

commands for contributors, in a checkout of the course
  course    make course/ anew from solutions/; with --check, only tell whether it differs

rcnn-course COMMAND --help says more about each.
"""


def build_parser() -> argparse.ArgumentParser:
    """Describe the commands and their options."""
    parser = argparse.ArgumentParser(
        prog="rcnn-course",
        usage="rcnn-course [--help] COMMAND ...",
        description=DESCRIPTION,
        epilog=COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True, help=argparse.SUPPRESS)

    _add_student_commands(commands)

    doctor = commands.add_parser(
        "doctor",
        description="Check this machine. Exit code 1 where there is a problem to mend.",
    )
    doctor.set_defaults(command="doctor")

    _add_data(commands)
    _add_train(commands)
    _add_grade(commands)
    _add_feedback(commands)
    _add_similar(commands)
    _add_ideas(commands)

    demo = commands.add_parser(
        "demo",
        description="Build a class with right, wrong and broken submissions in a temporary folder, "
        "grade it with nbgrader, and print what came out. The repository is not changed.",
    )
    demo.add_argument(
        "assignments",
        nargs="*",
        metavar="ASSIGNMENT",
        help="such as 00_start_here, which takes a minute or two; all of the course by default",
    )
    demo.set_defaults(command="demo")

    course = commands.add_parser(
        "course", description="Make course/ (for students) anew from solutions/ (with answers)."
    )
    course.add_argument(
        "--check",
        action="store_true",
        help="change nothing; exit code 1 where course/ is not what solutions/ gives",
    )
    course.set_defaults(command="course")
    return parser


def _add_student_commands(commands: argparse._SubParsersAction) -> None:
    start = commands.add_parser(
        "start",
        description="Put the notebooks of the course into a folder. Given again after an update, "
        "it adds what is new; a notebook that you have changed is never replaced.",
    )
    start.add_argument("folder", type=Path, help="is made where it does not exist")
    start.add_argument(
        "--solutions",
        action="store_true",
        help="the notebooks with answers; for instructors, in a checkout of the course",
    )
    start.set_defaults(command="start")

    progress = commands.add_parser(
        "progress",
        description="Run the notebooks that you have begun, and say which exercises are correct. "
        "Your files are not changed. Where all of the course is correct, certificate.html is "
        "written into the folder. Exit code 0 where all are correct, 1 otherwise.",
    )
    progress.add_argument(
        "folder", type=Path, nargs="?", default=Path(), help="default: the one you are in"
    )
    progress.add_argument("--workers", type=int, help="how many notebooks run at once")
    progress.add_argument("--name", default="", help="on the certificate; default: your login")
    progress.add_argument("--json", action="store_true", help="for scripts")
    progress.set_defaults(command="progress")


def _add_data(commands: argparse._SubParsersAction) -> None:
    data = commands.add_parser(
        "data",
        description="Look through a COCO file and its pictures: say what it holds and what is odd, "
        "by kind and with examples, and draw a sheet of pictures with their truth, odd ones first. "
        "Exit code 0 where the course can train on it, 1 otherwise.",
    )
    data.add_argument("file", type=Path, help="the annotation file, as labelling tools write it")
    data.add_argument(
        "--pictures",
        type=Path,
        metavar="FOLDER",
        help="that the names of the pictures begin at; default: the folder of the file",
    )
    data.add_argument(
        "--sheet",
        type=Path,
        metavar="PNG",
        help="the sheet to write; default: FILE's name with -sheet.png, in this folder",
    )
    data.set_defaults(command="data")


def _add_train(commands: argparse._SubParsersAction) -> None:
    train = commands.add_parser(
        "train",
        description="Train a detector on pictures with a COCO file, such as labelling tools write, "
        "and measure it on others. It begins from what the course's detector knows, and stops when "
        "the loss of the other pictures rises. Into --out come detector.pth, which "
        "load_detector(name, weights=FILE) reads, losses.csv, losses.png, and training.pth for "
        "--resume. Exit code 130 where Ctrl-C has stopped it.",
    )
    path = {"type": Path, "metavar": "FILE", "required": True}
    train.add_argument("--data", **path, help="COCO file of the pictures to learn from")
    train.add_argument("--val", **path, help="COCO file of others, to measure on")
    train.add_argument("--out", type=Path, metavar="FOLDER", required=True)
    train.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="of both files; default: where they are"
    )
    length = train.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int, help="how many batches to learn from")
    length.add_argument("--minutes", type=float, help="how long to learn, in its place")
    train.add_argument("--resume", action="store_true", help="go on with the training of --out")
    train.add_argument("--device", help="cpu, cuda …; default: the GPU, where there is one")
    train.add_argument(
        "--weights",
        choices=("course", "coco", "none"),
        help="to begin from; coco: torchvision's ResNet-50, from the network; default: course",
    )
    train.add_argument(
        "--detector", metavar="NAME", help="such as maskrcnn; default: all that has truth"
    )
    train.add_argument(
        "--freeze", action="append", metavar="PART", help="leave as it is: backbone, rpn, …"
    )
    train.add_argument("--batch", type=int, help="pictures in a step; default: 4")
    train.add_argument("--peak-rate", type=float, help="highest learning rate; default: 5e-4")
    train.add_argument("--size", type=int, help="scale the shorter side to so many pixels")
    train.add_argument("--look-every", type=int, metavar="STEPS", help="default: 20")
    train.add_argument("--patience", type=int, metavar="LOOKS", help="without progress; default: 5")
    train.add_argument("--no-mirror", dest="mirror", action="store_false", default=None)
    train.add_argument(
        "--swap", action="append", metavar="A:B", help="keypoints that change places in a mirror"
    )
    train.add_argument("--seed", type=int, help="of all chance; default: 0")
    train.set_defaults(command="train")


def _add_grade(commands: argparse._SubParsersAction) -> None:
    grade = commands.add_parser(
        "grade",
        description="Grade the submissions of an assignment into nbgrader's gradebook. What was "
        "graded before and has not changed is left as it is, so a run that was interrupted goes on "
        "when the command is given again. Exit code 1 where a submission failed to run.",
    )
    grade.add_argument("assignment", help="name of its folder in solutions/, as 06_roi_align")
    grade.add_argument(
        "--student", action="append", metavar="ID", help="grade this student; may be repeated"
    )
    grade.add_argument("--force", action="store_true", help="grade unchanged submissions again")
    grade.add_argument(
        "--workers", type=int, metavar="N", help="submissions at once; default: one for each core"
    )
    grade.add_argument(
        "--scheduler", metavar="ADDRESS", help="run them on the workers of this Dask scheduler"
    )
    grade.add_argument(
        "--no-sandbox",
        action="store_true",
        help="let submissions do all that you may do on this machine",
    )
    grade.add_argument(
        "--near",
        action="store_true",
        help="say which wrong answers one small change would make right, and in which line",
    )
    grade.add_argument(
        "--pictures",
        action="store_true",
        help="run the cells too that no points depend on, so that a reader finds their pictures",
    )
    grade.add_argument(
        "--watch",
        action="store_true",
        help="go on with what is handed in later, as it arrives, and put each page in its place",
    )
    grade.add_argument("--json", action="store_true", help="print the report for scripts")
    grade.set_defaults(command="grade")


def _add_feedback(commands: argparse._SubParsersAction) -> None:
    feedback = commands.add_parser(
        "feedback",
        description="Write a page for each student into feedback/, with what the checks say on "
        "top and without hidden tests. Who could not be graded gets a page that says why.",
    )
    feedback.add_argument("assignment", help="name of its folder in solutions/, as 06_roi_align")
    feedback.add_argument(
        "--student", action="append", metavar="ID", help="only this student; may be repeated"
    )
    feedback.set_defaults(command="feedback")


def _add_similar(commands: argparse._SubParsersAction) -> None:
    similar = commands.add_parser(
        "similar",
        description="Compare the submissions of an assignment, exercise by exercise, and list the "
        "pairs whose answers are nearer than independent answers are; names, layout, remarks and "
        "what was handed out are left out of account. Nothing is run, and nothing is graded.",
    )
    similar.add_argument("assignment", help="name of its folder in solutions/, as 06_roi_align")
    similar.add_argument(
        "--out",
        type=Path,
        metavar="HTML",
        help="page with both texts of each pair; default: reports/ASSIGNMENT-similar.html",
    )
    similar.add_argument("--json", action="store_true", help="print the report for scripts")
    similar.set_defaults(command="similar")


def _add_ideas(commands: argparse._SubParsersAction) -> None:
    ideas = commands.add_parser(
        "ideas",
        description="Say which ideas stand behind the mistakes in all notebooks that were graded, "
        "such as x against y or half a pixel: for the class how many had each wrong, notebook "
        "after notebook; for single students what, in which attempt.",
    )
    ideas.add_argument(
        "--student", action="append", metavar="ID", help="of this student; may be repeated"
    )
    ideas.add_argument("--json", action="store_true", help="print all of it for scripts")
    ideas.set_defaults(command="ideas")

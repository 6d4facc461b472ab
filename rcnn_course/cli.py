"""Command line of the course: reads arguments, and calls the room that does the work."""

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

INTERRUPTED = 130
"""What a shell takes for a command that Ctrl-C has ended."""

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
    doctor.set_defaults(run=run_doctor)

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
    demo.set_defaults(run=run_demo)

    course = commands.add_parser(
        "course", description="Make course/ (for students) anew from solutions/ (with answers)."
    )
    course.add_argument(
        "--check",
        action="store_true",
        help="change nothing; exit code 1 where course/ is not what solutions/ gives",
    )
    course.set_defaults(run=run_course)
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
    start.set_defaults(run=run_start)

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
    progress.set_defaults(run=run_progress)


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
    data.set_defaults(run=run_data)


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
    train.set_defaults(run=run_train)


def run_train(args: argparse.Namespace) -> int:
    """Train a detector; what was not given has its default from `Order`."""
    from rcnn_course.training.command.main import Order, main

    names = Order.__dataclass_fields__
    given = {k: v for k, v in vars(args).items() if k in names and v is not None}
    return main(Order(**given))


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
    grade.set_defaults(run=run_grade)


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
    feedback.set_defaults(run=run_feedback)


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
    similar.set_defaults(run=run_similar)


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
    ideas.set_defaults(run=run_ideas)


def run_ideas(args: argparse.Namespace) -> int:
    """Say which ideas stand behind mistakes."""
    from rcnn_course.authoring import course
    from rcnn_course.grading import commands

    root = course.find_course(Path.cwd())
    return commands.ideas(root, students=args.student, as_json=args.json)


def run_similar(args: argparse.Namespace) -> int:
    """Compare the answers of a class."""
    from rcnn_course.authoring import course
    from rcnn_course.grading import commands

    root = course.find_course(Path.cwd())
    return commands.similar(root, args.assignment, out=args.out, as_json=args.json)


def run_feedback(args: argparse.Namespace) -> int:
    """Write the pages of a class; 1 where there is none for a student."""
    from rcnn_course.authoring import course
    from rcnn_course.grading import commands

    return commands.feedback(course.find_course(Path.cwd()), args.assignment, students=args.student)


def run_grade(args: argparse.Namespace) -> int:
    """Grade a class; 1 where a submission failed to run."""
    if sys.platform == "linux" and not (args.no_sandbox or args.scheduler):
        from rcnn_course.grading.kernel import forkserver

        forkserver.begin()  # it loads while the rest of this command is imported
    from rcnn_course.authoring import course
    from rcnn_course.grading import commands

    root = course.find_course(Path.cwd())
    options = {
        "workers": args.workers,
        "scheduler": args.scheduler,
        "in_sandbox": not args.no_sandbox,
        "near": args.near,
    }
    if args.watch:
        if args.student or args.force or args.pictures or args.json:
            raise ValueError("--watch goes with none of --student, --force, --pictures and --json")
        return commands.watch(root, args.assignment, **options)
    return commands.grade(
        root,
        args.assignment,
        students=args.student,
        force=args.force,
        pictures=args.pictures,
        as_json=args.json,
        **options,
    )


def run_start(args: argparse.Namespace) -> int:
    """Put the notebooks, released or with answers, into a folder."""
    from rcnn_course.student.start import main

    source = None
    if args.solutions:
        from rcnn_course.authoring.course import find_course

        source = find_course(Path.cwd()) / "solutions"
    return main(args.folder, source=source)


def run_progress(args: argparse.Namespace) -> int:
    """Say how far the notebooks of a folder are; 1 where not all is correct."""
    from rcnn_course.student.overview import main

    return main(args.folder, name=args.name, workers=args.workers, as_json=args.json)


def run_data(args: argparse.Namespace) -> int:
    """Look through a labelled set; 1 where the course cannot train on it."""
    from rcnn_course.datasets.coco.look import look_through
    from rcnn_course.datasets.coco.printable import printable
    from rcnn_course.draw.overlays.truth_sheet import write_sheet

    look = look_through(args.file, args.pictures)
    print(printable(look.report()))
    examples, read = look.examples(24), look.pictures()
    if examples:
        sheet = args.sheet or Path(f"{args.file.stem}-sheet.png")
        write_sheet(examples, sheet, categories=read.categories, skeleton=read.skeleton)
        print(f"Pictures with their truth: {sheet}")
    return int(not look.trainable)


def run_doctor(args: argparse.Namespace) -> int:
    """Print what the doctor found; 1 where there is a problem."""
    from rcnn_course.doctor import examine, report

    findings = examine()
    print(report(findings))
    return int(any(finding.level == "problem" for finding in findings))


def run_demo(args: argparse.Namespace) -> int:
    """Grade the made-up class; 1 where something came out otherwise than it should."""
    from rcnn_course.authoring import course
    from rcnn_course.grading.demo import classroom

    return classroom.main(course.find_course(Path.cwd()), args.assignments)


def run_course(args: argparse.Namespace) -> int:
    """Make or check course/; 1 where the check finds a difference."""
    from rcnn_course.authoring import course, release

    return release.main(course.find_course(Path.cwd()), check=args.check)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: of the command; by default those that this program was called with.
    """
    if arguments is None:
        signal.signal(signal.SIGINT, _interrupt)
        _leave_out_web_addresses()
    args = build_parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names may hold what a terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    logging.getLogger("tornado").setLevel(logging.CRITICAL)  # nbgrader logs what it raises, too
    try:
        code = args.run(args)
        if sys.stdout is not None:  # whoever calls may have closed it
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("rcnn-course: interrupted; the same command goes on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read what is printed has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from rcnn_course.datasets.coco.printable import printable
        from rcnn_course.grading import faults

        print(f"rcnn-course: {printable(faults.sentence(error))}", file=sys.stderr)
        return 1


def _leave_out_web_addresses() -> None:
    """Keep jsonschema, which nbformat needs, from building a grammar of web addresses at import.

    It takes as long as everything else that `rcnn-course course --check` does, and a notebook's
    schema has no such addresses. This process is the command's own: nobody else's code runs in it.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None hides it


def _interrupt(number: int, frame: object) -> None:
    """End at the first Ctrl-C as soon as all is tidied up, at the second at once.

    Nothing needs the tidying: whatever is left ends by itself, or is removed by the next run.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    sys.unraisablehook = lambda _: None  # what the interruption meets in a finalizer is no news
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

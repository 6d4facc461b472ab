"""The commands: each takes what its arguments say, and calls the room that does the work.

What a command needs is imported when it runs, so that the others answer at once.
"""

import argparse
import sys
from pathlib import Path


def start(args: argparse.Namespace) -> int:
    """Put the notebooks, released or with answers, into a folder."""
    from rcnn_course.student.start import main

    source = None
    if args.solutions:
        from rcnn_course.authoring.course import find_course

        source = find_course(Path.cwd()) / "solutions"
    return main(args.folder, source=source)


def progress(args: argparse.Namespace) -> int:
    """Say how far the notebooks of a folder are; 1 where not all is correct."""
    from rcnn_course.student.overview import main

    return main(args.folder, name=args.name, workers=args.workers, as_json=args.json)


def doctor(args: argparse.Namespace) -> int:
    """Print what the doctor found; 1 where there is a problem."""
    from rcnn_course.doctor import examine, report

    findings = examine()
    print(report(findings))
    return int(any(finding.level == "problem" for finding in findings))


def data(args: argparse.Namespace) -> int:
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


def train(args: argparse.Namespace) -> int:
    """Train a detector; what was not given has its default from `Order`."""
    from rcnn_course.training.command.main import Order, main

    names = Order.__dataclass_fields__
    given = {k: v for k, v in vars(args).items() if k in names and v is not None}
    return main(Order(**given))


def grade(args: argparse.Namespace) -> int:
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


def feedback(args: argparse.Namespace) -> int:
    """Write the pages of a class; 1 where there is none for a student."""
    from rcnn_course.authoring import course
    from rcnn_course.grading import commands

    return commands.feedback(course.find_course(Path.cwd()), args.assignment, students=args.student)


def similar(args: argparse.Namespace) -> int:
    """Compare the answers of a class."""
    from rcnn_course.authoring import course
    from rcnn_course.grading import commands

    root = course.find_course(Path.cwd())
    return commands.similar(root, args.assignment, out=args.out, as_json=args.json)


def ideas(args: argparse.Namespace) -> int:
    """Say which ideas stand behind mistakes."""
    from rcnn_course.authoring import course
    from rcnn_course.grading import commands

    root = course.find_course(Path.cwd())
    return commands.ideas(root, students=args.student, as_json=args.json)


def demo(args: argparse.Namespace) -> int:
    """Grade the made-up class; 1 where something came out otherwise than it should."""
    from rcnn_course.authoring import course
    from rcnn_course.grading.demo import classroom

    return classroom.main(course.find_course(Path.cwd()), args.assignments)


def course(args: argparse.Namespace) -> int:
    """Make or check course/; 1 where the check finds a difference."""
    from rcnn_course.authoring import course, release

    return release.main(course.find_course(Path.cwd()), check=args.check)

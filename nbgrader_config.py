"""Makes this folder an nbgrader course: source = solutions/, release = course/.

nbgrader reads this file when a command or JupyterLab starts in this folder. Instructors may add
their own settings below; see https://nbgrader.readthedocs.io/en/stable/configuration/.
"""

import os
import secrets
import sysconfig
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import GetGrades

from rcnn_course.authoring.answers_shown import ModelAnswers
from rcnn_course.authoring.fold_pictures import FoldPictures
from rcnn_course.authoring.hint_steps import HintSteps
from rcnn_course.authoring.term_seeds import TermSeeds
from rcnn_course.grading.gradebook.harmless import KeepHarmless
from rcnn_course.grading.intake.downloads import FILE_NAMES
from rcnn_course.grading.report.feedback_steps import ExplainOnTop, HideHiddenTests
from rcnn_course.grading.report.page import FeedbackPage

c = get_config()  # noqa: F821 (traitlets defines it)
root = Path(__file__).resolve().parent

c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "rcnn_course"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"

# A new term: any other name here gives the hidden tests other inputs.
c.TermSeeds.term = ""

# Hints for a mistake: 0 for none, 1 for what differs, 2 for the idea, 3 for a line; None for all.
c.HintSteps.most = None

# Model answers, for who has passed a check: from a date on, "2027-03-01"; "always"; "never"; or
# "by oneself": where `rcnn-course start` has put the notebooks, and not where a class got them.
c.ModelAnswers.shown = "by oneself"

# `rcnn-course grade --watch` gives each page back at once, to be read, and the work handed in anew.
c.Watch.feedback = True

# A class on one machine hands out and collects here. JupyterHub needs a folder that all can write.
c.Exchange.root = str(root / "exchange")
Path(c.Exchange.root).mkdir(exist_ok=True)

# nbgrader starts `alembic` by name for a new gradebook; find it without an activated environment.
scripts = sysconfig.get_path("scripts")
if scripts not in os.environ["PATH"].split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([scripts, os.environ["PATH"]])

# Release: the same bytes from every machine, so drop what running and editing leave behind.
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError"}
c.GenerateAssignment.preprocessors.prepend(
    [TermSeeds, HintSteps, ModelAnswers, ClearMetadataPreprocessor, FoldPictures]
)
c.ClearMetadataPreprocessor.enabled = True
c.ClearMetadataPreprocessor.preserve_nb_metadata_mask = {"kernelspec", ("language_info", "name")}
c.ClearMetadataPreprocessor.preserve_cell_metadata_mask = {
    "nbgrader",
    "deletable",
    "editable",
    "jupyter",
    "tags",
}

# Grading: tests as they stand in solutions/ now, deleted ones put back, and no way to skip them.
c.Autograde.pre_convert_hook = "rcnn_course.grading.gradebook.assignment.record_assignment"
c.OverwriteCells.add_missing_cells = True
c.Execute.skip_cells_with_tag = secrets.token_hex()
# Seconds of a processor in `rcnn-course grade`; in nbgrader's own commands they go by the clock.
c.Execute.timeout = 60  # for a cell
c.Execute.iopub_timeout = 60  # for its output after that, and to end when it is interrupted
c.Execute.startup_timeout = 300  # for the kernel
c.Execute.shutdown_kernel = "immediate"

# A warning is not a wrong answer: nbgrader gives 0 points to a cell with text on standard error.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"\A"

# A browser runs nothing of what a submission shows, in Formgrader and on feedback pages.
c.Autograde.autograde_preprocessors.append(KeepHarmless)
c.GenerateFeedback.exporter_class = FeedbackPage

# Collect: where the archives of Moodle and Canvas have the student and the notebook in a name.
c.FileNameCollectorPlugin.named_regexp = FILE_NAMES

# Grades: a submission that could not be graded has an empty score, and not 0.
c.ExportApp.plugin_class = "rcnn_course.grading.gradebook.export.GradesTable"

# Feedback shows on top what the checks said, and no hidden tests; `nbgrader release_feedback` takes
# the pages of submissions that came without the exchange, too.
c.GenerateFeedback.post_convert_hook = "rcnn_course.grading.report.feedback_pages.make_releasable"
c.GenerateFeedback.preprocessors = [
    GetGrades,
    HideHiddenTests,
    ExplainOnTop,
    CSSHTMLHeaderPreprocessor,
]

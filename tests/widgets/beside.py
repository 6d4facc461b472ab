"""Explorers that a second thread of a kernel moves while the first one checks answers.

`Beside` lives in a kernel. What it finds wrong are sentences; there should be none.
"""

import sys
import threading
import warnings

import ipywidgets
import matplotlib.pyplot as plt
import torch
from torchvision import ops

from rcnn_course.checks import examine
from rcnn_course.draw import draw_losses
from rcnn_course.draw.base.figures import encode
from rcnn_course.widgets import NMSExplorer, RoIAlignExplorer, UpsamplingExplorer
from tests.answers import answers, namespace, run, solutions, write

CHECKED = (
    ("00_start_here", "box_area"),
    ("01_detect_people", "nms"),
    ("03_upsampling", "conv_transpose_2d"),
    ("06_roi_align", "bilinear_sample"),
    ("06_roi_align", "roi_align"),
    ("09_keypoint_head", "object_keypoint_similarity"),
    ("10_assemble", "wire_mask_rcnn"),
)
FEATURES, ROIS = torch.arange(64.0).view(1, 1, 8, 8), torch.tensor([[0, 1.0, 1, 5, 5]])
POOLED = ops.roi_align(FEATURES, ROIS, 2)


def own_functions():
    """Return a right roi_align that reads by a bilinear_sample with a mistake, which is seen."""
    names = namespace("06_roi_align")
    old, new = answers("06_roi_align").WRONG["bilinear_sample"]["nearest_cell"]
    run(solutions("06_roi_align")["bilinear_sample"].replace(old, new), names)
    run(solutions("06_roi_align")["roi_align"], names)
    return names


def noisy_nms(boxes, scores, iou_threshold):
    """Hand the work to torchvision, and say something on every road."""
    print("from an explorer")
    print("from an explorer", file=sys.stderr)
    warnings.warn("from an explorer", stacklevel=1)
    return ops.nms(boxes, scores, iou_threshold)


def drawn_picture():
    """Draw as a cell does, with a formula."""
    axes = draw_losses({"$x^2$": [2.0, 1.0], "loss": [1.0, 0.5]})
    _, data = encode(axes)
    plt.close(axes.figure)
    return data


class Beside:
    """Explorers, answers to check, and what went wrong."""

    def __init__(self):
        self.complaints, self.pictures, self.in_main_thread = [], [], 0
        names = own_functions()
        self.explorers = {
            "roi_align": RoIAlignExplorer(names["roi_align"]),
            "nms": NMSExplorer(noisy_nms),
            "upsampling": UpsamplingExplorer(),
        }
        self.sliders = [
            self.explorers["roi_align"].x,
            self.explorers["nms"].iou_threshold,
            self.explorers["upsampling"].step,
        ]
        for name, explorer in self.explorers.items():
            explorer.words.observe(lambda _, name=name: self._keep(name), "value")
        self.drawing = drawn_picture()
        self.plain = ipywidgets.IntSlider(max=1000)
        self.plain.observe(self._pool, "value")
        self.subjects = [(names["roi_align"], examine(names["roi_align"]).message)]
        for assignment, exercise in CHECKED:
            solution = solutions(assignment)[exercise]
            old, new = next(iter(answers(assignment).WRONG[exercise].values()))
            delegating = answers(assignment).DELEGATING[exercise]
            for source in (solution, solution.replace(old, new), delegating):
                subject = write(assignment, exercise, source)
                self.subjects.append((subject, examine(subject).message))

    def models(self):
        """Return the ids of the moved sliders: one for each explorer, then the plain one."""
        return [slider.model_id for slider in (*self.sliders, self.plain)]

    def _keep(self, name):
        explorer = self.explorers[name]
        values = tuple(control.value for control in explorer.controls)
        self.pictures.append((name, values, explorer.shown))
        if explorer.problem:
            self.complaints.append(f"{name} at {values}: {explorer.problem}")

    def _pool(self, change):
        """Do what a student's own `interact` may do."""
        print("from a callback", file=sys.stderr)
        torch.manual_seed(change["new"])
        first = torch.rand(3)
        if not torch.equal(ops.roi_align(FEATURES, ROIS, 2), POOLED):
            self.complaints.append("roi_align gave something else")
        torch.manual_seed(change["new"])
        if not torch.equal(first, torch.rand(3)):
            self.complaints.append("somebody drew random numbers")
        self.in_main_thread += threading.current_thread() is threading.main_thread()

    def check_until(self, moves):
        """Check all answers, and draw, until so many moves were seen, but twice at least."""
        rounds = 0
        while rounds < 2 or len(self.pictures) < moves:
            for subject, message in self.subjects:
                found = examine(subject).message
                if found != message:
                    self.complaints.append(f"instead of\n{message}\nit said\n{found}")
                if drawn_picture() != self.drawing:
                    self.complaints.append("a picture of the cell came out differently")
            rounds += 1

    def compare_pictures(self):
        """Draw each picture once more, now that nothing else happens; return how many there are."""
        kept, self.pictures = self.pictures, []
        for name, values, picture in kept:
            explorer = self.explorers[name]
            with explorer.quietly():
                for control, value in zip(explorer.controls, values, strict=True):
                    control.value = value
            if explorer.shown != picture:
                self.complaints.append(f"{name} at {values}: another picture")
        return len(kept)

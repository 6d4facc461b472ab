"""Puts `course/` into the wheel, where `rcnn-course start` finds it."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CourseHook(BuildHookInterface):
    """An editable installation reads `course/` where it stands; only the wheel needs a copy."""

    def initialize(self, version: str, build_data: dict) -> None:
        """Add the folder, unless `version` is 'editable'."""
        if version == "standard":
            build_data["force_include"]["course"] = "rcnn_course/course"

"""The course from its source: making `course/` from `solutions/`, and what to mend before that."""

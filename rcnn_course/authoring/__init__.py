"""The course from its source: making `course/` from `solutions/`, and what to mend before that."""

import sys

# jsonschema, which nbformat needs, builds a grammar of internationalized web addresses when it is
# imported, if this package is there. It takes longer than grading a notebook, in every process that
# reads notebooks, and a notebook's schema has no such addresses.
sys.modules.setdefault("rfc3987_syntax", None)

"""Grading of a class, on nbgrader's own API."""

import sys

# jsonschema, which nbformat needs, builds a grammar of internationalized web addresses when it is
# imported, if this package is there. It takes longer than grading a notebook, in every process that
# grades, and a notebook's schema has no such addresses.
sys.modules.setdefault("rfc3987_syntax", None)

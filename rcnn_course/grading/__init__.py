"""Grading of a class, on nbgrader's own API."""

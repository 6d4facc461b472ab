"""Exercises of notebook 05_rpn."""

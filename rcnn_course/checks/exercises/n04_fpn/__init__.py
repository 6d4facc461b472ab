"""Exercises of notebook 04_fpn."""

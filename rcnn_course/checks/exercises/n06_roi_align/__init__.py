"""Exercises of notebook 06_roi_align."""

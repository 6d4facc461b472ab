"""Exercises of notebook 07_box_head."""

"""Exercises of notebook 09_keypoint_head."""

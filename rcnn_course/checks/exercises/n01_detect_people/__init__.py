"""Exercises of notebook 01_detect_people."""

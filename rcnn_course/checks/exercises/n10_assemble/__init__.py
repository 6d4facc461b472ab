"""Exercises of notebook 10_assemble."""

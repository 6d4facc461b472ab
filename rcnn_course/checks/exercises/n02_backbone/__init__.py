"""Exercises of notebook 02_backbone."""

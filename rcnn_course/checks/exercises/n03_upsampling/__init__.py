"""Exercises of notebook 03_upsampling."""

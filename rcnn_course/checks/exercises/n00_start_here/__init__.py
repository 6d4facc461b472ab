"""Exercises of notebook 00_start_here."""

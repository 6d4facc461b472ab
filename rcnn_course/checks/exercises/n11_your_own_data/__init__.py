"""Exercises of notebook 11_your_own_data."""

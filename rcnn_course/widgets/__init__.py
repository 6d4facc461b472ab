"""Explorers: sliders over the course's pictures."""

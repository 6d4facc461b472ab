"""The questions of each notebook: those of `06_roi_align` stand in `n06_roi_align.py`."""

"""The exercises of each notebook: the folder of 06_roi_align is n06_roi_align."""

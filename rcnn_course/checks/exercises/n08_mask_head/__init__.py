"""Exercises of notebook 08_mask_head."""

"""Detectors: torchvision's with COCO weights, with the bundled course weights, or untrained."""

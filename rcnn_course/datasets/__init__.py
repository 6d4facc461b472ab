"""The course's data: generated people, sample photos, COCO, and COCO evaluation."""

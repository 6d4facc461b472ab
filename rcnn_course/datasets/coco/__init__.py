"""COCO files: reading what labelling tools write, looking it through, writing, and val2017."""

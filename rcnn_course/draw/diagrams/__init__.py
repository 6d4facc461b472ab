"""How the parts of a detector work: drawings of layers, levels, RoIs and families."""

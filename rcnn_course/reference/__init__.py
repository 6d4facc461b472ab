"""What the exercises are compared with, under their signatures, for checks and explorers."""

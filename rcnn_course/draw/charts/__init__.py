"""Numbers against axes: curves, histograms, tallies of a class."""

"""torchvision's parts under the exercises' signatures, for checks and explorers."""

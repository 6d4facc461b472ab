"""Fine-tuning the bundled detector against training from nothing: AP50 after as many steps.

Both learn the pictures of notebook 11 with its settings, which the script that records its
trainings has. They are measured on more pictures than its 14, and trained with two seeds. From
nothing, batch norm learns as well.
"""

import json
from statistics import mean

from rcnn_course.training import fit
from scripts.detector.record_fine_tuning import (
    FLIP,
    RATE,
    STEPS,
    ap50,
    detect,
    fresh,
    other_pictures,
    pairs,
)

SEEDS = (0, 1)  # one training alone says little: AP50 rises steeply just then


def measured(*, trained: bool) -> float:
    """Train a detector with each seed, and measure it on pictures that it has not seen."""
    learned, _ = pairs()
    held_out = other_pictures()
    scores = []
    for seed in SEEDS:
        model = fresh(trained=trained, seed=seed)
        fit(model, learned, steps=STEPS, peak_rate=RATE, augment=FLIP, seed=seed, device="cpu")
        scores.append(ap50(detect(model, held_out), held_out))
    return mean(scores)


def main() -> None:
    tuned, made = measured(trained=True), measured(trained=False)
    after = f"AP50 after {STEPS} steps"
    for name, value, wanted in (
        (f"fine-tuned, {after}", tuned, {}),
        (f"from nothing, {after}", made, {}),
        ("fine-tuned minus from nothing, AP50", tuned - made, {"at_least": 0.15}),
    ):
        print(json.dumps({"name": name, "value": round(value, 2), "unit": "", **wanted}))


if __name__ == "__main__":
    main()

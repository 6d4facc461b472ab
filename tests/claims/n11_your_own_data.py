import re

import torch
from torchvision import ops

from rcnn_course.datasets import CATEGORIES
from tests.claims import claim


def sure(found):
    """Return the boxes and labels of detections with a score of 0.5 or more."""
    keep = found["scores"] >= 0.5
    return found["boxes"][keep], found["labels"][keep]


@claim(
    "butterfly a person, with a score of 0.99, a flower another one, and a spot on a wing a ball"
)
def butterfly_and_flower_are_taken_for_people(n):
    boxes, labels = sure(n["taken_for"])
    _, target = n["read"](n["first"])
    assert [n["names"][label] for label in target["labels"]] == ["butterfly"]
    overlaps = ops.box_iou(boxes, target["boxes"])[:, 0].tolist()
    pairs = zip(labels.tolist(), overlaps, strict=True)
    found = sorted((CATEGORIES[label], round(overlap, 1)) for label, overlap in pairs)
    assert found == [("person", 0.0), ("person", 0.8), ("sports ball", 0.1)]
    assert round(float(n["taken_for"]["scores"].max()), 2) == 0.99


@claim("### Three pictures cannot be used as they are")
def three_pictures_are_refused_each_for_another_reason(n):
    assert len(n["refused"]) == 3
    paragraphs = n.said["broken-found"].split("\n\n")
    first, second, third, *_ = (" ".join(paragraph.split()) for paragraph in paragraphs)
    assert "cut off" in first
    assert "category_id" in second
    assert "width" in third


@claim("In the mirror too, what is vermilion is on the insect's own left")
def left_stays_left_in_the_mirror(n):
    names = list(n["points"])
    for _, target in ((n["image"], n["target"]), n["mirrored"]):
        for part in ("forewing", "hindwing"):
            left, right = (
                target["keypoints"][:, names.index(f"{side}_{part}")] for side in ("left", "right")
            )
            both = (left[:, 2] > 0) & (right[:, 2] > 0)
            assert (left[both, 0] < right[both, 0]).all()


@claim("7,685 more. All other weights of the detector, 4.5 million,")
def box_predictor_and_all_others_have_as_many_weights_as_stated(n):
    box = [size for name, size in n["new"].items() if "box_predictor" in name]
    assert (sum(box), sum(n["new"].values())) == (3855, 3855 + 7685)
    assert 4.45e6 < sum(n["sizes"].values()) - sum(n["new"].values()) < 4.55e6


@claim("AP = (51 · 1 + 25 · 0.75 + 25 · 0) / 101 = **0.691**.")
def average_precision_by_hand_is_that_by_code(n):
    assert n.said["curve-hand"].splitlines()[0].split()[-1] == "0.691"
    assert n.said["curve-hand"].splitlines()[1] == "recall 0.75: precision 0.75, score 0.50"


@claim("a detector of five steps finds nothing.")
def few_steps_find_nothing(n):
    assert n["STEPS"] == 5
    found = [float(score) for score in re.findall(r"AP50 (\d\.\d\d)", n.said["tune-yours"])]
    assert len(found) == 2
    assert max(found) < 0.15


@claim("the loss of the ten pictures falls and falls.")
def ten_pictures_are_learned_by_heart(n):
    losses = n["by_heart"].training_loss
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] / 3


@claim("it is lowest after 40 steps, and rises from there.")
def ten_pictures_teach_no_more_after_forty_steps(n):
    first, *later = n["by_heart"].validation_loss
    assert n["by_heart"].looks[1] == 40
    assert first > later[0] + 0.2
    assert later == sorted(later)


@claim("With ten pictures the held-out loss rises after 40 steps while AP50 rises too")
def loss_and_ap_rise_together(n):
    assert n["by_heart"].AP50[-1] > n["by_heart"].AP50[1] + 0.1


@claim("with all pictures and flips it still falls after 120 steps")
def held_out_loss_of_fine_tuning_still_falls(n):
    assert n["tuned"].looks[-1] == 120
    assert n["tuned"].validation_loss == sorted(n["tuned"].validation_loss, reverse=True)


@claim("Without, the loss of the pictures that are learned ends lower, and that of the held-out")
def flips_help_held_out_pictures(n):
    tuned, plain = n["tuned"], n["plain"]
    assert plain.training_loss[-1] < tuned.training_loss[-1] - 0.2
    assert plain.validation_loss[-1] > tuned.validation_loss[-1] + 0.2


@claim("Fine-tuning begins lower and stays lower.")
def fine_tuning_is_ahead_at_every_look(n):
    tuned, scratch = n["tuned"], n["scratch"]
    pairs = zip(tuned.validation_loss, scratch.validation_loss, strict=True)
    assert all(own < other for own, other in pairs)


@claim("with few pictures it is far ahead.")
def fine_tuning_finds_far_more_in_the_same_steps(n):
    tuned, scratch = n["tuned"], n["scratch"]
    assert tuned.looks == scratch.looks
    ends = zip(tuned.AP50[1:], scratch.AP50[1:], strict=True)  # after 20 steps, neither finds much
    assert all(own > other + 0.15 for own, other in ends)
    others = n["recorded"].others
    assert others["fine-tuned"] > max(others["from nothing"], others["ten pictures"]) + 0.1


@claim("Where it ends, the detector finds nothing more")
def curves_end_where_nothing_more_is_found(n):
    truths = [target for _, target in n["held_out"]]
    for label, name in enumerate(n["names"][1:], start=1):
        _, scores, _ = n["precision_recall"](truths, n["outputs"], label)
        assert ((scores == 0) == (torch.tensor(n["curves"][name]) == 0)).all()


@claim("The flower is a flower again, the butterfly has its name and its box.")
def butterfly_alone_is_found_with_its_name(n):
    _, target = n["held_out"][n["number"]]
    boxes, labels = sure(n["outputs"][n["number"]])
    assert labels.tolist() == target["labels"].tolist()
    assert ops.box_iou(boxes, target["boxes"]).item() > 0.7


@claim("**Two of its five keypoints are")
def two_keypoints_are_far_off(n):
    _, target = n["held_out"][n["number"]]
    found = n["outputs"][n["number"]]["keypoints"][0]
    apart = (found - target["keypoints"][0])[:, :2].norm(dim=1)
    assert (target["keypoints"][0, :, 2] > 0).all()
    assert sorted((apart > 15).tolist()) == [False, False, False, True, True]
    assert apart.sort().values[2] < 6


@claim("finds all 20 insects, and raises six false alarms.")
def low_threshold_finds_all_and_gives_false_alarms(n):
    first, second, *_ = n.said["missed-made"].splitlines()
    assert first == "score 0.5: 0 of 20 missed, 6 false alarms"
    assert second == "score 0.8: 6 of 20 missed, 0 false alarms"


@claim("**five of them are dragonflies**")
def mostly_dragonflies_are_missed_and_there_were_fewer(n):
    counts = dict(line.split(maxsplit=1) for line in n.said["missed-made"].splitlines()[-2:])
    assert counts == {"butterfly": "1 of 10", "dragonfly": "5 of 10"}
    seen = torch.cat([target["labels"] for _, target in n["learned"]])
    assert (seen == n["names"].index("dragonfly")).sum() < (seen == 1).sum()

"""Every planted mistake can be found from what is shown, and every wrong guess gets an answer."""

import copy
from operator import attrgetter

import pytest
import torch

from rcnn_course.bug_hunt import BugHunt, clues, tables
from rcnn_course.bug_hunt.planting import PARTS, mistakes_of, plant
from rcnn_course.bug_hunt.trainings import record_of, trainings
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.models import compare_stages, first_difference, stages
from rcnn_course.reference.planted import BUGS, ROUNDS, planted
from scripts.detector import record_bugs

ROUND_1, ROUND_2, ROUND_3 = ([bug for bug in BUGS if bug.round == number] for number in ROUNDS)
pytestmark = pytest.mark.slow

GUESSES = [(part, mistake) for part in PARTS for mistake in mistakes_of(part)]


def name_of_bug(bug):
    return f"{bug.part}-{bug.mistake}"


each = pytest.mark.parametrize("bug", ROUND_1 + ROUND_2, ids=name_of_bug)


@pytest.fixture(scope="module")
def hunt():
    return BugHunt("ada")


@pytest.fixture(scope="module")
def right():
    return clues.right_detector()


@pytest.fixture(scope="module")
def calls(right, hunt):
    """What goes into each stage of the right detector, and what comes out."""
    with torch.no_grad(), stages._recorded_calls(right) as recorded:
        right([hunt.image])
    return recorded


@pytest.fixture(scope="module")
def expected(right, hunt):
    return tables.sure(clues.detect(right, hunt.image))


def hunter_of(bug):
    """Return a name for which a mistake is planted."""
    return next(str(n) for n in range(1000) if planted(str(n))[bug.round - 1] == bug)


def output(model, stage, calls):
    args, _ = calls[stage]
    with torch.no_grad():
        return attrgetter(stages.STAGES[stage])(model)(*copy.deepcopy(args))


def same_things(found, expected):
    """Return the sides, masks and keypoints of as many detections, each in the place of its own."""
    order = [int((found["boxes"] - box).abs().sum(1).argmin()) for box in expected["boxes"]]
    return {name: values[order] for name, values in found.items()}


@each
def test_first_stage_that_differs_is_the_one_that_is_asked_for(bug, right, hunt):
    found = compare_stages(plant(right, bug.part, bug.mistake), right, [hunt.image])
    assert first_difference(found) == bug.stage


@pytest.mark.parametrize("bug", ROUND_1, ids=name_of_bug)
def test_first_round_is_seen_at_a_glance(bug, right, hunt, expected):
    found = tables.sure(clues.detect(plant(right, bug.part, bug.mistake), hunt.image))
    if abs(len(found["boxes"]) - len(expected["boxes"])) >= 4:
        return
    found = same_things(found, expected)
    people = expected["labels"] == 1
    points = (found["keypoints"] - expected["keypoints"])[people].abs().mean()
    masks = ((found["masks"] > 0.5) ^ (expected["masks"] > 0.5)).sum() / (
        expected["masks"] > 0.5
    ).sum()
    labels = (found["labels"] != expected["labels"]).sum()
    assert points >= 20 or masks >= 1 or labels >= 2


@pytest.mark.parametrize("bug", ROUND_2, ids=name_of_bug)
def test_second_round_is_seen_in_the_numbers_alone(bug, right, hunt, expected):
    found = tables.sure(clues.detect(plant(right, bug.part, bug.mistake), hunt.image))
    assert len(found["boxes"]) == len(expected["boxes"])
    found = same_things(found, expected)
    assert torch.equal(found["labels"], expected["labels"])
    sides = (found["boxes"] - expected["boxes"]).abs()
    masks = ((found["masks"] > 0.5) ^ (expected["masks"] > 0.5)).float().mean()
    points = (found["keypoints"] - expected["keypoints"])[..., :2].abs()
    assert sides.max() < 5
    assert sides.max() >= 0.3 or masks >= 0.001 or points.mean() >= 0.2


@each
def test_other_mistakes_of_the_part_give_other_numbers(bug, right, calls):
    """Nobody is asked to tell apart what is the same."""
    shown = output(plant(right, bug.part, bug.mistake), bug.stage, calls)
    args, _ = calls[bug.stage]
    for mistake in mistakes_of(bug.part):
        if mistake != bug.mistake:
            other = attrgetter(stages.STAGES[bug.stage])(plant(right, bug.part, mistake))
            compared = stages._compare(bug.stage, other, copy.deepcopy(args), shown)
            assert not compared.difference <= 1e-4, mistake


def test_right_part_mends_and_no_other_does(right):
    (bug,) = (bug for bug in BUGS if bug.mistake == "aligned")
    hunt = BugHunt(hunter_of(bug))

    def first(part, own=None):
        mended = hunt.mend(bug.round, part, own)
        return first_difference(compare_stages(mended, right, [hunt.image]))

    assert first(bug.part) is None
    assert first(bug.part, {bug.part: EXERCISES[bug.part].reference}) is None
    assert first("decode_boxes") == first("") == bug.stage


@pytest.mark.parametrize("bug", ROUND_3, ids=name_of_bug)
def test_third_round_differs_in_no_stage(bug, right, hunt):
    found = compare_stages(plant(right, bug.part, bug.mistake), right, [hunt.image])
    assert first_difference(found) is None


def ratios(one, other):
    """Return by what factor each loss differs, in the first batch and in the last ten."""
    ends = [
        [torch.tensor([values[0], sum(values[-10:]) / 10]) for values in losses.values()]
        for losses in (trainings()[one].losses, trainings()[other].losses)
    ]
    quotients = torch.stack(ends[0]).clamp(min=1e-6) / torch.stack(ends[1]).clamp(min=1e-6)
    return quotients.log().abs().exp()


@pytest.mark.parametrize("bug", ROUND_3, ids=name_of_bug)
def test_losses_tell_the_third_round_from_all_that_can_be_guessed(bug):
    shown = record_of(bug.part, bug.mistake)
    assert ratios(shown, "right").max() >= 1.7
    for name in trainings():
        assert name == shown or ratios(shown, name).max() >= 1.5, name


@pytest.mark.parametrize("name", ["right", record_of("rpn_loss", "objectness_summed")])
def test_recorded_trainings_are_those_that_the_script_records(name):
    part, _, mistake = name.partition(".")
    again = record_bugs.record(mistake and part, mistake, batches=1)
    for loss, values in again["losses"].items():
        assert values[0] == pytest.approx(trainings()[name].losses[loss][0], rel=0.02), loss


def test_every_mistake_is_planted_for_somebody():
    assert {bug for number in range(300) for bug in planted(str(number))} == set(BUGS)


def test_what_is_planted_stays_the_same_for_a_name():
    expected = ["stride_unused", "centred_in_cells", "kinds_swapped"]
    assert [bug.mistake for bug in planted("ada")] == expected
    assert planted(" Ada ") == planted("ada") != planted("grace")


def test_one_print_shows_nothing(hunt):
    shown = f"{hunt!r} {vars(hunt)} {hunt.detector(1)} {vars(hunt.detector(1).rpn)}"
    assert not [bug for bug in BUGS if bug.mistake in shown or bug.part in shown.split()]


@pytest.mark.parametrize("bug", BUGS, ids=name_of_bug)
def test_every_wrong_guess_gets_a_sentence_that_does_not_give_it_away(bug):
    title = clues.title(bug.part, bug.mistake)
    for part, mistake in GUESSES:
        for stage in (bug.stage, "body"):
            if (stage, part, mistake) != (bug.stage, bug.part, bug.mistake):
                said = clues.nearness(bug, stage, part, mistake)
                named = mistake == bug.mistake and part == bug.part
                assert len(said.split()) > 8
                assert named or (title not in said and bug.mistake not in said), said
                assert part == bug.part or bug.part not in said.split()


@pytest.mark.parametrize(
    ("stage", "part", "mistake", "said"),
    [
        ("", "", "", "Nothing is guessed yet."),
        ("rio", "box", "no_nms", "There is no stage 'rio'. The stages are transform, body,"),
        ("anchors", "box", "no_nms", "There is no part 'box' in the hunt. The parts are"),
        ("anchors", "cell_anchors", "no", "cell_anchors has no mistake 'no': hunt.mistakes("),
        ("body", "rpn_loss", "not_divided", "Not the stage"),
        ("RoI features", "rpn_loss", "not_divided", "but rpn_loss is not what is wrong"),
        ("RoI features", "multiscale_roi_align", "level_rounded", "Stage and part are right"),
        ("RoI features", "maskrcnn_inference", "channel_axis_missing", "It would even stop"),
        ("RoI features", "multiscale_roi_align", "aligned", "Found: RoIAlign is called with"),
    ],
)
def test_guess_in_an_inference_round(stage, part, mistake, said, capsys):
    (bug,) = (bug for bug in BUGS if bug.mistake == "aligned")
    BugHunt(hunter_of(bug)).guess(2, stage=stage, part=part, mistake=mistake)
    shown = " ".join(capsys.readouterr().out.split())
    assert said in shown
    if "level_rounded" in mistake:
        assert "'RoI features' is the first stage that differs, by" in shown
        assert "your guess IoU" in shown
        assert "<Figure" not in shown


@pytest.mark.parametrize(
    ("stage", "part", "mistake", "said"),
    [
        ("anchors", "rpn_loss", "not_divided", "Not the stage: compare_stages finds none"),
        (None, "grid_anchors", "stride_unused", "would be a mistake in inference"),
        (None, "rpn_loss", "not_divided", "differ most in"),
        (None, "encode_boxes", "boxes_swapped", "Stage and part are right"),
        (None, "encode_boxes", "weights_unused", "Found: the weights are not used"),
    ],
)
def test_guess_in_the_round_of_training(stage, part, mistake, said, capsys):
    (bug,) = (bug for bug in ROUND_3 if bug.part == "encode_boxes")
    BugHunt(hunter_of(bug)).guess(3, stage=stage, part=part, mistake=mistake)
    assert said in " ".join(capsys.readouterr().out.split())


def test_mended_training_is_the_one_without_a_mistake(capsys):
    hunt = BugHunt(hunter_of(ROUND_3[2]))
    hunt.show(3, mended=ROUND_3[2].part)
    columns = [
        line.split()[-2:] for line in capsys.readouterr().out.splitlines() if "batch" in line
    ]
    rows = [row for row in columns if row[0][0].isdigit()]
    assert len(rows) == 8
    assert all(one == other for one, other in rows)


def test_numbers_show_the_half_cell(capsys):
    (bug,) = (bug for bug in BUGS if bug.mistake == "centred_in_cells")
    BugHunt(hunter_of(bug)).numbers(2, "anchors", count=1)
    row = capsys.readouterr().out.splitlines()[-1].split()[1:]
    assert [float(there) - float(here) for here, there in zip(row[:4], row[4:], strict=True)] == [
        2.0
    ] * 4


def test_what_means_nothing_is_refused(hunt):
    with pytest.raises(ValueError, match="name is empty"):
        BugHunt(" ")
    with pytest.raises(ValueError, match="number must be one of the rounds 1, 2, 3, but got 4"):
        hunt.detector(4)
    with pytest.raises(ValueError, match=r"part must be one of cell_anchors, .*, but got 'box'"):
        hunt.mend(1, "box")
    with pytest.raises(ValueError, match="part must be one of"):
        hunt.mistakes("box")
    with pytest.raises(ValueError, match=r"stage must be one of transform, .*, but got 'rio'"):
        hunt.numbers(1, "rio")

"""Train the course detector: `python -m scripts.detector.train FOLDER --minutes 90`.

With `--from-bundled` training starts from the weights in the package instead of from chance, and
draws the pictures that come after theirs. What a run gives is the average of its weights over the
last five hundred steps or so, which detects better than the weights of any one step.

Pictures are drawn while training runs and none comes twice. Two processes of one thread each use
two cores better than one process of two threads. All chance in a step comes from the seed and the
step's number, so that a resumed run goes on exactly as if it had not stopped.

Training looks at small pictures first and at the detector's own size last, which is nearly the
same training for half the time. The convolutions of the backbone and of the mask and keypoint
heads compute in bfloat16 where the processor can, which nearly halves a step; boxes stay in
float32, since bfloat16 knows places only to a pixel or two.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models.course import IMAGE_SIZE, course_rcnn
from rcnn_course.models.loading import COURSE_WEIGHTS
from rcnn_course.models.precision import train_in_bfloat16
from rcnn_course.models.saved import read, write
from rcnn_course.models.schedule import learning_rate
from rcnn_course.training import measure
from rcnn_course.training.chance import chance
from rcnn_course.training.steps import new_optimizer, take_step
from scripts.detector.evaluate import VALIDATION_SEED

_FORM = "training of the course detector"
_AVERAGE_DECAY = 0.998
_SIZES = (160, 224, 288, 288, IMAGE_SIZE)  # pixels, each for a fifth of training
_LOG_EVERY, _SAVE_EVERY = 20, 100  # steps
_SAME_AFTER_RESUME = ("seed", "batch", "processes", "size", "peak_rate", "from_bundled")


def main(arguments: list[str] | None = None) -> None:
    """Train as the command line says."""
    options = _parser().parse_args(arguments)
    checkpoint = _checkpoint(options)
    if checkpoint.exists() and not options.resume:
        raise SystemExit(f"{checkpoint} exists: add --resume to go on, or choose another folder")
    if options.batch % options.processes:
        raise SystemExit(f"--batch {options.batch} is no multiple of --processes")
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.processes == 1:
        train(options)
        return
    with tempfile.TemporaryDirectory() as meeting:
        torch.multiprocessing.spawn(
            _train_together, (options, f"{meeting}/store"), nprocs=options.processes
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.detector.train", description="Train the course detector."
    )
    parser.add_argument("folder", type=Path, help="for checkpoint.pth and log.jsonl")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int, help="length of the schedule in steps")
    length.add_argument("--minutes", type=float, help="length of the schedule by the clock")
    parser.add_argument("--resume", action="store_true", help="go on from FOLDER/checkpoint.pth")
    parser.add_argument("--seed", type=int, default=0, help="0 by default; 1 and 2 are held out")
    parser.add_argument("--batch", type=int, default=8, help="pictures in a step")
    parser.add_argument("--processes", type=int, default=2, help="they share a batch")
    parser.add_argument("--size", type=int, default=192, help="of a drawn picture in pixels")
    parser.add_argument("--peak-rate", type=float, default=7e-4, help="the highest learning rate")
    parser.add_argument(
        "--from-bundled", action="store_true", help="start from the weights in the package"
    )
    parser.add_argument("--evaluate-every", type=int, default=300, metavar="STEPS")
    parser.add_argument("--evaluate-on", type=int, default=40, metavar="PICTURES")
    return parser


def _train_together(rank: int, options: argparse.Namespace, store: str) -> None:
    """Be one of several processes that average their gradients."""
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{store}", rank=rank, world_size=options.processes
    )
    train(options, rank)
    distributed.destroy_process_group()


def train(options: argparse.Namespace, rank: int = 0) -> None:
    """Train in process `rank`; the first one logs, evaluates and saves."""
    run = _Run(options)
    parallel = run.model if options.processes == 1 else DistributedDataParallel(run.model)
    people = GeneratedPeople(2**40, seed=options.seed, size=options.size)
    started = time.monotonic() - run.elapsed
    recent: list[dict[str, Tensor]] = []
    while (progress := _progress(options, run)) < 1:
        rate = learning_rate(progress, options.peak_rate)
        sizes = (IMAGE_SIZE,) if options.from_bundled else _SIZES
        run.model.transform.min_size = (sizes[int(progress * len(sizes))],)
        first = run.step * options.batch
        torch.manual_seed(chance("step", options.seed, run.step, rank))
        numbers = range(first + rank, first + options.batch, options.processes)
        images, targets = zip(*(people[number] for number in numbers), strict=True)
        losses = take_step(parallel, run.optimizer, list(images), list(targets), rate=rate)
        run.average.update_parameters(run.model)
        run.step += 1
        run.elapsed = time.monotonic() - started
        recent.append(losses)
        if rank == 0 and run.step % _LOG_EVERY == 0:
            _log(run, progress=progress, learning_rate=rate, **_means(recent))
            recent.clear()
        if rank == 0 and run.step % _SAVE_EVERY == 0:
            run.save()
        if rank == 0 and run.step % options.evaluate_every == 0:
            _log(run, **_validate(run))
    if rank == 0:
        run.save()
        _log(run, **_validate(run))


class _Run:
    """What training changes, and its checkpoint.

    Attributes:
        model: the detector that learns.
        average: the moving average of its weights.
        optimizer: of the model's weights.
        step: the number of steps so far, those of the bundled weights counted.
        elapsed: seconds that this run has taken.
        before: steps and minutes that the bundled weights had taken, where it started from them.
    """

    def __init__(self, options: argparse.Namespace):
        self.options = options
        torch.manual_seed(options.seed)
        self.model = course_rcnn(norm_layer=nn.BatchNorm2d)
        self.before = {"steps": 0, "minutes": 0}
        if options.from_bundled:
            self._start_from_bundled()
        self.average = AveragedModel(
            self.model, multi_avg_fn=get_ema_multi_avg_fn(_AVERAGE_DECAY), use_buffers=True
        )
        self.model.train().backbone.to(memory_format=torch.channels_last)
        heads = self.model.roi_heads
        for part in (self.model.backbone, heads.mask_head, heads.keypoint_head):
            train_in_bfloat16(part)
        self.optimizer = new_optimizer(self.model)
        self.step, self.elapsed = self.before["steps"], 0.0
        if options.resume:
            self._resume()

    def _start_from_bundled(self) -> None:
        stored = torch.load(COURSE_WEIGHTS, weights_only=True)
        weights = {name: tensor.float() for name, tensor in stored.items()}
        self.model.load_state_dict(self.model.state_dict() | weights)
        facts = json.loads(COURSE_WEIGHTS.with_suffix(".json").read_text("utf-8"))
        self.before = {name: facts[name] for name in self.before}

    def save(self) -> None:
        """Write the checkpoint; the last one stays whole if writing is interrupted."""
        checkpoint = {
            "model": self.model.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed": self.elapsed,
            "before": self.before,
            "settings": {name: getattr(self.options, name) for name in _SAME_AFTER_RESUME},
        }
        write(_checkpoint(self.options), _FORM, checkpoint)

    def _resume(self) -> None:
        checkpoint = read(_checkpoint(self.options), _FORM)
        for name, value in checkpoint["settings"].items():
            if value != getattr(self.options, name):
                raise ValueError(
                    f"--{name.replace('_', '-')} must be {value}, as in the run that is resumed, "
                    f"but got {getattr(self.options, name)}"
                )
        for part in ("model", "average", "optimizer"):
            getattr(self, part).load_state_dict(checkpoint[part])
        self.step, self.elapsed = checkpoint["step"], checkpoint["elapsed"]
        self.before = checkpoint["before"]


def _progress(options: argparse.Namespace, run: _Run) -> float:
    """Give the part of the schedule that is done; by the clock, that of the first process."""
    if options.steps is not None:
        return (run.step - run.before["steps"]) / options.steps
    progress = torch.tensor(run.elapsed / 60 / options.minutes, dtype=torch.float64)
    if options.processes > 1:
        distributed.broadcast(progress, src=0)
    return progress.item()


def _validate(run: _Run) -> dict[str, float]:
    """Measure AP on pictures that are neither trained on nor quoted."""
    options = run.options
    people = GeneratedPeople(options.evaluate_on, seed=VALIDATION_SEED, size=options.size)
    result = measure(run.average.module, people, device="cpu")
    return {
        "box_ap": result.bbox.AP,
        "mask_ap": result.segm.AP,
        "keypoint_ap": result.keypoints.AP,
    }


def _means(records: list[dict[str, Tensor]]) -> dict[str, float]:
    return {
        name: sum(record[name].item() for record in records) / len(records) for name in records[0]
    }


def _log(run: _Run, **numbers: float) -> None:
    """Append a line to FOLDER/log.jsonl, and show it."""
    numbers = {name: float(f"{number:.4g}") for name, number in numbers.items()}
    record = {"step": run.step, "minutes": round(run.elapsed / 60, 2), **numbers}
    with (run.options.folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
    print("  ".join(f"{name} {number}" for name, number in record.items()), flush=True)


def _checkpoint(options: argparse.Namespace) -> Path:
    return options.folder / "checkpoint.pth"


if __name__ == "__main__":
    main()

"""Train the course detector: `python -m rcnn_course.models.train FOLDER --minutes 90`.

Pictures are drawn while training runs and none comes twice. Two processes of one thread each use
two cores better than one process of two threads. All chance in a step comes from the seed and the
step's number, so that a resumed run goes on exactly as if it had not stopped.

Training looks at small pictures first and at the detector's own size last, which is nearly the
same training for half the time. The convolutions of the backbone and of the mask and keypoint
heads compute in bfloat16, which nearly halves a step; boxes stay in float32, since bfloat16 knows
places only to a pixel or two.
"""

import argparse
import json
import math
import os
import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import AdamW, Optimizer

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models.course import IMAGE_SIZE, course_rcnn
from rcnn_course.models.evaluate import VALIDATION_SEED, evaluate

_PEAK_RATE, _WARM_UP, _LAST_RATE = 7e-4, 0.03, 0.005  # the last is a part of the peak
_WEIGHT_DECAY = 1e-4
_LONGEST_GRADIENT = 5.0  # norm at which it is clipped
_SIZES = (160, 224, 288, 288, IMAGE_SIZE)  # pixels, each for a fifth of training
_LOG_EVERY, _SAVE_EVERY = 20, 100  # steps
_SAME_AFTER_RESUME = ("seed", "batch", "processes", "size")


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
        prog="python -m rcnn_course.models.train", description="Train the course detector."
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
    torch.manual_seed(options.seed)
    model = course_rcnn(norm_layer=nn.BatchNorm2d).train()
    model.backbone.to(memory_format=torch.channels_last)
    for part in (model.backbone, model.roi_heads.mask_head, model.roi_heads.keypoint_head):
        _compute_in_bfloat16(part)
    optimizer = AdamW(model.parameters(), weight_decay=_WEIGHT_DECAY)
    step, elapsed = _resume(options, model, optimizer) if options.resume else (0, 0.0)
    parallel = model if options.processes == 1 else DistributedDataParallel(model)
    people = GeneratedPeople(2**40, seed=options.seed, size=options.size)
    started = time.monotonic() - elapsed
    recent: list[dict[str, Tensor]] = []
    while (progress := _progress(options, step, elapsed)) < 1:
        rate = learning_rate(progress)
        for group in optimizer.param_groups:
            group["lr"] = rate
        model.transform.min_size = (_SIZES[int(progress * len(_SIZES))],)
        torch.manual_seed((options.seed << 40) + step * options.processes + rank)
        numbers = range(step * options.batch + rank, (step + 1) * options.batch, options.processes)
        images, targets = zip(*(people[number] for number in numbers), strict=True)
        losses = parallel(images, targets)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), _LONGEST_GRADIENT)
        optimizer.step()
        step += 1
        elapsed = time.monotonic() - started
        recent.append({name: loss.detach() for name, loss in losses.items()})
        if rank == 0 and step % _LOG_EVERY == 0:
            _log(options, step, elapsed, progress=progress, learning_rate=rate, **_means(recent))
            recent.clear()
        if rank == 0 and step % _SAVE_EVERY == 0:
            _save(options, model, optimizer, step, elapsed)
        if rank == 0 and step % options.evaluate_every == 0:
            _log(options, step, elapsed, **_validate(model, options))
    if rank == 0:
        _save(options, model, optimizer, step, elapsed)
        _log(options, step, elapsed, **_validate(model, options))


def _compute_in_bfloat16(module: nn.Module) -> None:
    """Let a module that is being trained compute in bfloat16 and give out float32."""
    exact = module.forward

    def forward(inputs: Tensor) -> Tensor | dict[str, Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=module.training):
            outputs = exact(inputs)
        if isinstance(outputs, Tensor):
            return outputs.float()
        return {name: output.float() for name, output in outputs.items()}

    module.forward = forward


def learning_rate(progress: float) -> float:
    """Give the rate at a part of the schedule (0 to 1): linear warm-up, then half a cosine."""
    if progress < _WARM_UP:
        return _PEAK_RATE * (0.01 + 0.99 * progress / _WARM_UP)
    part = (progress - _WARM_UP) / (1 - _WARM_UP)
    return _PEAK_RATE * (_LAST_RATE + (1 - _LAST_RATE) * (1 + math.cos(math.pi * part)) / 2)


def _progress(options: argparse.Namespace, step: int, elapsed: float) -> float:
    """Give the part of the schedule that is done; by the clock, that of the first process."""
    if options.steps is not None:
        return step / options.steps
    progress = torch.tensor(elapsed / 60 / options.minutes, dtype=torch.float64)
    if options.processes > 1:
        distributed.broadcast(progress, src=0)
    return progress.item()


def _validate(model: nn.Module, options: argparse.Namespace) -> dict[str, float]:
    """Measure AP on pictures that are neither trained on nor quoted."""
    people = GeneratedPeople(options.evaluate_on, seed=VALIDATION_SEED, size=options.size)
    result = evaluate(model, people)
    return {
        "box_ap": result.bbox.AP,
        "mask_ap": result.segm.AP,
        "keypoint_ap": result.keypoints.AP,
    }


def _means(records: list[dict[str, Tensor]]) -> dict[str, float]:
    return {
        name: sum(record[name].item() for record in records) / len(records) for name in records[0]
    }


def _log(options: argparse.Namespace, step: int, elapsed: float, **numbers: float) -> None:
    """Append a line to FOLDER/log.jsonl, and show it."""
    numbers = {name: float(f"{number:.4g}") for name, number in numbers.items()}
    record = {"step": step, "minutes": round(elapsed / 60, 2), **numbers}
    with (options.folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
    print("  ".join(f"{name} {number}" for name, number in record.items()), flush=True)


def _checkpoint(options: argparse.Namespace) -> Path:
    return options.folder / "checkpoint.pth"


def _save(
    options: argparse.Namespace, model: nn.Module, optimizer: Optimizer, step: int, elapsed: float
) -> None:
    """Write the checkpoint; the last one stays whole if writing is interrupted."""
    checkpoint = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "elapsed": elapsed,
        "settings": {name: getattr(options, name) for name in _SAME_AFTER_RESUME},
    }
    path = _checkpoint(options)
    torch.save(checkpoint, path.with_suffix(".new"))
    os.replace(path.with_suffix(".new"), path)


def _resume(
    options: argparse.Namespace, model: nn.Module, optimizer: Optimizer
) -> tuple[int, float]:
    """Take over a checkpoint; returns its step and the seconds that it took so far."""
    checkpoint = torch.load(_checkpoint(options), weights_only=True)
    for name, value in checkpoint["settings"].items():
        if value != getattr(options, name):
            raise ValueError(
                f"--{name} must be {value}, as in the run that is resumed, "
                f"but got {getattr(options, name)}"
            )
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    return checkpoint["step"], checkpoint["elapsed"]


if __name__ == "__main__":
    main()

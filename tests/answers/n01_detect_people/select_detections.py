"""Right answers to `select_detections`, one for each style."""

import torch


def select_detections_loops(detections, score_threshold, labels=None):
    rows = []
    for row in range(len(detections["scores"])):
        sure = detections["scores"][row] >= score_threshold
        wanted = labels is None or detections["labels"][row].item() in labels
        if sure and wanted:
            rows.append(row)
    rows = torch.tensor(rows, dtype=torch.int64)
    return {name: values[rows] for name, values in detections.items()}


def select_detections_matrices(detections, score_threshold, labels=None):
    keep = detections["scores"] >= score_threshold
    if labels is not None:
        wanted = torch.as_tensor(labels, dtype=torch.int64)
        keep = keep & (detections["labels"][:, None] == wanted[None]).any(dim=1)
    return dict(zip(detections, (values[keep] for values in detections.values()), strict=True))


def select_detections_slices(detections, score_threshold, labels=None):
    keep = detections["scores"].ge(score_threshold)
    if labels is not None:
        wanted = torch.zeros_like(keep)
        for label in labels:
            wanted |= detections["labels"] == label
        keep = keep & wanted
    rows = torch.where(keep)[0]
    selected = {}
    for name in sorted(detections):
        selected[name] = torch.index_select(detections[name], 0, rows)
    return selected


def select_detections_with_numpy(detections, score_threshold, labels=None):
    import numpy as np

    keep = detections["scores"].numpy() >= score_threshold
    if labels is not None:
        keep &= np.isin(detections["labels"].numpy(), labels)
    return {name: values[torch.from_numpy(keep)] for name, values in detections.items()}

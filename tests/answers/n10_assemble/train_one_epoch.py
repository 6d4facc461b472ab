"""Right answers to `train_one_epoch`, one for each style."""

import torch


def train_one_epoch_arrays(model, optimizer, batches, scheduler=None):
    import numpy as np

    model.train(True)
    rows, names = [], []
    for images, targets in batches:
        optimizer.zero_grad(set_to_none=False)
        losses = model(images, targets)
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        names = list(losses)
        rows.append([loss.detach().numpy() for loss in losses.values()])
    return dict(zip(names, np.array(rows).T.tolist(), strict=True))


def train_one_epoch_functions(model, optimizer, batches, scheduler=None):
    model.train()
    history = {}

    def step(images, targets):
        losses = model(images, targets)
        torch.autograd.backward(list(losses.values()))
        optimizer.step()
        optimizer.zero_grad()
        if scheduler is not None:
            scheduler.step()
        return {name: loss.item() for name, loss in losses.items()}

    optimizer.zero_grad()
    for batch in batches:
        for name, loss in step(*batch).items():
            history.setdefault(name, []).append(loss)
    return history


def train_one_epoch_loops(model, optimizer, batches, scheduler=None):
    model.train()
    history = {}
    for images, targets in batches:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        losses = model(images, targets)
        total = 0
        for name in losses:
            total = total + losses[name]
            history[name] = [*history.get(name, []), float(losses[name])]
        total.backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    return history

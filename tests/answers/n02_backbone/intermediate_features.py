"""Right answers to `intermediate_features`, one for each style."""

from torch import nn


def intermediate_features_functional(body, x, return_layers):
    class Done(Exception):
        pass

    features = {}

    def keep(name):
        def hook(module, inputs, output):
            features[return_layers[name]] = output
            if len(features) == len(return_layers):
                raise Done

        return hook

    handles = [getattr(body, name).register_forward_hook(keep(name)) for name in return_layers]
    try:
        body(x)
    except Done:
        pass
    finally:
        for handle in handles:
            handle.remove()
    return features


def intermediate_features_loops(body, x, return_layers):
    wanted = dict(return_layers)
    results = []
    for name, layer in body._modules.items():
        if not wanted:
            break
        x = layer(x)
        if name in wanted:
            results.append((wanted.pop(name), x))
    return dict(results)


def intermediate_features_matrices(body, x, return_layers):
    children = dict(body.named_children())
    names = list(children)
    features, start = {}, 0
    for name in sorted(return_layers, key=names.index):
        stop = names.index(name) + 1
        x = nn.Sequential(*[children[n] for n in names[start:stop]])(x)
        features[return_layers[name]], start = x, stop
    return features

"""Measure a network of Inkstone in PyTorch, or write it as an ONNX file.

    python3 pytorch.py --model cnn --images FILE --labels FILE [--threads 1] [--batch 64] [--seconds 1]
    python3 pytorch.py --model cnn --onnx FILE
    python3 pytorch.py --version

bench -peers calls this script. --images is a file of gray images, a byte for each pixel, and --labels
one of classes, a byte for each image. It prints one JSON object. A training step draws a shuffled batch,
normalizes its bytes, and runs the network forward, backward and through Adam. Every figure is measured
with tensors in both layouts, channels first and channels last, and the better one is printed.
"""
import argparse
import copy
import json
import statistics
import time

import numpy
import torch
from torch import nn
from torch.nn import functional

ROUNDS = 5       # how often the functions that are measured take turns
WARM_STEPS = 20  # training steps before measuring


def cnn():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(12 * 12 * 64, 128), nn.ReLU(),
        nn.Linear(128, 10))


def fast():
    return nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(16, 32, 5), nn.MaxPool2d(2), nn.ReLU(),
        nn.Flatten(), nn.Linear(4 * 4 * 32, 10))


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(5 * 5 * 16, 120), nn.Tanh(),
        nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def conv_norm(inputs, filters, size=3, stride=1, padding=0, pool=False):
    """Returns a convolution without bias, a max-pooling if pool is set, and a batch normalization."""
    layers = [nn.Conv2d(inputs, filters, size, stride, padding, bias=False)]
    if pool:
        layers.append(nn.MaxPool2d(2))
    return layers + [nn.BatchNorm2d(filters)]


def sprint():
    return nn.Sequential(
        nn.Conv2d(1, 16, 5), nn.MaxPool2d(2), nn.ReLU(),
        *conv_norm(16, 32, pool=True), nn.ReLU(),
        nn.Flatten(), nn.Linear(5 * 5 * 32, 10))


def tiny():
    layers, inputs = [], 1
    for i, filters in enumerate([8, 12, 16, 16, 16, 16]):
        layers += conv_norm(inputs, filters, padding=1, pool=i in (1, 3)) + [nn.ReLU(inplace=True)]
        inputs = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


def best():
    layers, inputs = [], 1
    for i, filters in enumerate([32, 32, 64, 64, 128, 128]):
        layers += conv_norm(inputs, filters, padding=int(i in (2, 3)), pool=i in (1, 3)) + [nn.ReLU(inplace=True)]
        inputs = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.4), nn.Linear(2 * 2 * 128, 10))


class Residual(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.body = nn.Sequential(
            *conv_norm(inputs, filters, 3, stride, 1), nn.ReLU(inplace=True), *conv_norm(filters, filters, 3, 1, 1))
        same = stride == 1 and inputs == filters
        self.shortcut = nn.Identity() if same else nn.Sequential(*conv_norm(inputs, filters, 1, stride))

    def forward(self, x):
        return functional.relu(self.body(x) + self.shortcut(x), inplace=True)


def resnet():
    return nn.Sequential(
        *conv_norm(1, 16, padding=1), nn.ReLU(inplace=True),
        Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


NETWORKS = {f.__name__: f for f in (best, cnn, fast, lenet5, resnet, sprint, tiny)}


def median_times(functions, seconds):
    """Returns the median run time of each function. In each round the functions take turns."""
    runs = [[] for _ in functions]
    for _ in range(ROUNDS):
        for (run, share), times in zip(functions, runs):
            end = time.perf_counter() + share * seconds / ROUNDS
            while not times or time.perf_counter() < end:
                start = time.perf_counter()
                run()
                times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in runs]


def measure(network, a):
    side = 28
    images = torch.from_numpy(numpy.fromfile(a.images, numpy.uint8)).reshape(-1, side, side)
    labels = torch.from_numpy(numpy.fromfile(a.labels, numpy.uint8)).long()
    mean, std = images.float().mean().item(), images.float().std().item()

    def functions(layout):
        """Returns functions that run a training step, a large batch and one image, with their shares of the time."""
        learner = copy.deepcopy(network).to(memory_format=layout)
        optimizer = torch.optim.Adam(learner.parameters(), lr=1e-3)
        order = []

        def batch(indices):
            x = images[indices].unsqueeze(1).float().sub_(mean).div_(std)
            return x.contiguous(memory_format=layout)

        def step():
            nonlocal order
            if len(order) < a.batch:
                order = torch.randperm(len(labels))
            indices, order = order[:a.batch], order[a.batch:]
            optimizer.zero_grad(set_to_none=True)
            functional.cross_entropy(learner(batch(indices)), labels[indices]).backward()
            optimizer.step()

        for _ in range(WARM_STEPS):
            step()
        classifier = copy.deepcopy(learner).eval()

        def forward(x):
            def run():
                with torch.inference_mode():
                    classifier(x)
            for _ in range(3):
                run()
            return run

        return [(step, 1), (forward(batch(slice(0, a.forward_batch))), 0.5), (forward(batch(slice(0, 1))), 0.2)]

    layouts = [torch.contiguous_format, torch.channels_last]
    times = median_times([f for layout in layouts for f in functions(layout)], a.seconds)
    step, forward, one = (min(pair) for pair in zip(times[:3], times[3:]))
    return {
        "train_images_per_second": a.batch / step,
        "forward_images_per_second": a.forward_batch / forward,
        "forward_one_seconds": one,
    }


def product_gflops():
    """Returns the speed of a product of matrices. It is low if PyTorch uses the reference BLAS."""
    n = 512
    x = torch.rand(n, n)
    for _ in range(3):
        torch.mm(x, x)
    seconds, = median_times([(lambda: torch.mm(x, x), 1)], 0.1)
    return 2 * n ** 3 / seconds / 1e9


def export(network, path):
    torch.onnx.export(
        network.eval(), torch.zeros(1, 1, 28, 28), path, opset_version=13,
        input_names=["image"], output_names=["logits"], dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}})


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--version", action="store_true")
    p.add_argument("--model", choices=NETWORKS)
    p.add_argument("--onnx")
    p.add_argument("--images")
    p.add_argument("--labels")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--forward-batch", type=int, default=256)
    p.add_argument("--seconds", type=float, default=1, help="time to measure training; forward takes half as long, one image a fifth")
    a = p.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    if a.version:
        torch.set_num_threads(1)
        print(json.dumps({"version": torch.__version__, "product_gflops": product_gflops()}))
        return
    network = NETWORKS[a.model]()
    result = {"parameters": sum(w.numel() for w in network.parameters())}
    if a.onnx:
        export(network, a.onnx)
    else:
        result.update(measure(network, a))
    print(json.dumps(result))


main()

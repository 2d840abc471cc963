"""Evaluates ONNX files that cmd/export wrote with PyTorch's operations.

    python3 torchrun.py logits IMAGES HEIGHT WIDTH MODEL LOGITS [MODEL LOGITS]...
    python3 torchrun.py gradients IMAGES LABELS HEIGHT WIDTH MODEL GRADIENTS [MODEL GRADIENTS]...

IMAGES is a file of float32 images, LABELS one of int32 labels. The logits of each model are
written as float32, and so are the mean cross-entropy and its gradients with respect to the
initializers, one after another. The gradients are computed in float64, and batch normalization
uses the statistics of the batch for them.
"""

import sys

import numpy as np
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F

torch.set_num_threads(1)


class Network:
    """The network of an ONNX file. Its parameters are the initializers with floating-point
    elements, by name."""

    def __init__(self, path):
        model = onnx.load(path)
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, strict_mode=True)
        self.graph = model.graph
        self.parameters = {}
        for t in self.graph.initializer:
            self.parameters[t.name] = torch.from_numpy(onnx.numpy_helper.to_array(t).copy())

    def __call__(self, images, training=False):
        values = dict(self.parameters)
        values[self.graph.input[0].name] = images
        for node in self.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            inputs = [values[name] for name in node.input]
            values[node.output[0]] = OPERATORS[node.op_type](attributes, training, *inputs)
        return values[self.graph.output[0].name]


def padded(x, pads, value):
    top, left, bottom, right = pads
    return F.pad(x, (left, right, top, bottom), value=value)


def conv(a, _, x, w, b=None):
    return F.conv2d(padded(x, a["pads"], 0.0), w, b, a["strides"], 0, a["dilations"], a["group"])


def batch_norm(a, training, x, scale, bias, mean, var):
    return F.batch_norm(x, mean.detach().clone(), var.detach().clone(), scale, bias, training, 0.1, a["epsilon"])


OPERATORS = {
    "Conv": conv,
    "Gemm": lambda a, _, x, w, b=None: F.linear(x, w, b),
    "BatchNormalization": batch_norm,
    "Relu": lambda a, _, x: F.relu(x),
    "LeakyRelu": lambda a, _, x: F.leaky_relu(x, a["alpha"]),
    "Sigmoid": lambda a, _, x: torch.sigmoid(x),
    "Tanh": lambda a, _, x: torch.tanh(x),
    "Erf": lambda a, _, x: torch.erf(x),
    "MaxPool": lambda a, _, x: F.max_pool2d(padded(x, a["pads"], -torch.inf), a["kernel_shape"], a["strides"]),
    "AveragePool": lambda a, _, x: F.avg_pool2d(padded(x, a["pads"], 0.0), a["kernel_shape"], a["strides"]),
    "GlobalAveragePool": lambda a, _, x: F.adaptive_avg_pool2d(x, 1),
    "Flatten": lambda a, _, x: x.flatten(1),
    "Dropout": lambda a, _, x, ratio: x,
    "Add": lambda a, _, x, y: x + y,
    "Sum": lambda a, _, *xs: sum(xs),
    "Mul": lambda a, _, x, y: x * y,
    "Div": lambda a, _, x, y: x / y,
    "Concat": lambda a, _, *xs: torch.cat(xs, a["axis"]),
    "Unsqueeze": lambda a, _, x, axes: x.reshape([x.shape[0], x.shape[1]] + [1] * len(axes)),
    "Transpose": lambda a, _, x: x.permute(a["perm"]),
    "Softmax": lambda a, _, x: F.softmax(x, a["axis"]),
    "ReduceMean": lambda a, _, x: x.mean(a["axes"]),
    "ReduceSum": lambda a, _, x, axes: x.sum(axes.tolist()),
    "ReduceMax": lambda a, _, x: x.amax(a["axes"]),
}


def images_of(path, height, width):
    x = np.fromfile(path, np.float32)
    return torch.from_numpy(x).reshape(-1, 1, int(height), int(width))


def logits(images, height, width, *files):
    x = images_of(images, height, width)
    for model, out in zip(files[::2], files[1::2]):
        net = Network(model)
        with torch.no_grad():
            y = torch.cat([net(part) for part in x.split(100)])
        y.numpy().tofile(out)


def gradients(images, labels, height, width, *files):
    x = images_of(images, height, width)
    y = torch.from_numpy(np.fromfile(labels, np.int32).astype(np.int64))
    for model, out in zip(files[::2], files[1::2]):
        net = Network(model)
        for name, p in net.parameters.items():
            if p.dtype == torch.float32:
                net.parameters[name] = p.double().requires_grad_()
        learned = [p for p in net.parameters.values() if p.requires_grad]
        loss = F.cross_entropy(net(x.double(), training=True), y)
        grads = torch.autograd.grad(loss, learned, allow_unused=True)
        parts = [torch.zeros_like(p) if g is None else g for p, g in zip(learned, grads)]
        torch.cat([loss.detach().reshape(1)] + [p.flatten() for p in parts]).float().numpy().tofile(out)


if __name__ == "__main__":
    {"logits": logits, "gradients": gradients}[sys.argv[1]](*sys.argv[2:])

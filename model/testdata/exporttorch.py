"""Writes torch.onnx, torch-shapes.onnx and torch.json with PyTorch: a network in the two forms in which
PyTorch exports it, and its results for images whose pixel i is sin(i)."""

import json

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1)


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.reduce = nn.Conv2d(channels, 4, 1)
        self.expand = nn.Conv2d(4, channels, 1)

    def forward(self, x):
        w = F.adaptive_avg_pool2d(x, 1)
        return x * torch.sigmoid(self.expand(F.relu(self.reduce(w))))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8, eps=1e-3)
        self.act = nn.GELU()
        self.se = SqueezeExcite(8)
        self.conv2 = nn.Conv2d(8, 12, 3, stride=2, groups=2, bias=False)
        self.silu = nn.SiLU()
        self.drop = nn.Dropout(0.3)
        self.fc1 = nn.Linear(12 * 6 * 6, 10)
        self.bn2 = nn.BatchNorm1d(10)
        self.fc2 = nn.Linear(10, 10)

    def forward(self, x):
        x = self.se(self.act(self.bn1(self.conv1(x))))
        x = self.silu(self.conv2(F.max_pool2d(x, 2, ceil_mode=True)))
        x = self.drop(x)
        x = x.view(x.size(0), -1)
        x = F.leaky_relu(self.bn2(self.fc1(x)), 0.2)
        return F.log_softmax(self.fc2(x), dim=1)


net = Net()
net.train()
net(torch.randn(32, 1, 28, 28))
net.eval()
images = torch.sin(torch.arange(5 * 784, dtype=torch.float64)).float().reshape(5, 1, 28, 28)
names = dict(input_names=["input"], dynamic_axes={"input": {0: "n"}})
torch.onnx.export(net, images, "torch.onnx", opset_version=17, **names)
torch.onnx.export(net, images, "torch-shapes.onnx", opset_version=9, do_constant_folding=False,
                  training=torch.onnx.TrainingMode.PRESERVE, **names)
with open("torch.json", "w") as f:
    json.dump(net(images).detach().flatten().tolist(), f)

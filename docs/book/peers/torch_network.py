"""The network of chapter 7 in PyTorch, and its training. Run as a program, it checks itself."""
import torch
from torch import nn
import torch.nn.functional as F


class Network(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.fc1 = nn.Linear(32 * 4 * 4, classes)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        return self.fc1(x.flatten(1))


def train(model, batches, rate=0.01):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


if __name__ == "__main__":
    torch.manual_seed(1)
    model = Network()
    parameters = sum(p.numel() for p in model.parameters())
    assert parameters == 18378, parameters
    images, labels = torch.randn(64, 1, 28, 28), torch.arange(64) % 10
    first = F.cross_entropy(model(images), labels).item()
    last = train(model, [(images, labels)] * 30)
    assert last < first / 2, (first, last)
    for name in model.conv1, model.conv2:  # freeze the convolutions
        for p in name.parameters():
            p.requires_grad = False
    print("torch", torch.__version__, "parameters", parameters)

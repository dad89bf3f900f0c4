"""The PyTorch side of main.go: the same epoch, and the peak of resident memory."""
import torch


def peak():
    with open("/proc/self/status") as f:
        return next(line.split(":")[1].strip() for line in f if line.startswith("VmHWM"))


print("idle (torch imported):", peak())
x, y = torch.randn(10_000, 512), torch.randint(0, 10, (10_000,))
model = torch.nn.Sequential(torch.nn.Linear(512, 256), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(256, 10))
optimizer, loss = torch.optim.Adam(model.parameters()), torch.nn.CrossEntropyLoss()
print("with the samples:", peak())
for i in range(0, len(y), 32):
    optimizer.zero_grad()
    loss(model(x[i:i + 32]), y[i:i + 32]).backward()
    optimizer.step()
print("after an epoch:", peak())

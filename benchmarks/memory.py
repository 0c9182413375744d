"""Peak memory of training: ``python -m benchmarks.memory``.

A model of 100 MB beside hand-written JAX, from the first step on, and ResNet-50 beside Chainer, from the third on, when
chainjax has compiled its program.
"""

import pathlib
import resource
import subprocess
import sys

import numpy as np

from . import tasks, worker

SIZE, LAYERS, BATCH, STEPS = 2560, 4, 16, 8  # 4 x 2560 x 2560 x 4 bytes = 105 MB


def arrays():
    rng = np.random.RandomState(0)
    return [rng.standard_normal((SIZE, SIZE)).astype(np.float32) / SIZE**0.5 for _ in range(LAYERS)]


def batch(n):
    return np.random.RandomState(n).rand(BATCH, SIZE).astype(np.float32)


def train_chainjax():
    import chainjax as chainer
    import chainjax.functions as F
    import chainjax.links as L

    model = chainer.Sequential()
    for a in arrays():
        model.append(L.Linear(SIZE, SIZE, nobias=True, initialW=a))
        model.append(F.relu)
    del a
    optimizer = chainer.optimizers.MomentumSGD(0.01)
    optimizer.setup(model)
    for n in range(STEPS):
        loss = F.average(model(batch(n)) ** 2)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        yield float(loss.array)


def train_jax():
    import jax
    import jax.numpy as jnp

    def loss(params, x):
        for w in params:
            x = jax.nn.relu(x @ w.T)
        return (x**2).mean()

    def update(params, velocity, x):
        value, grads = jax.value_and_grad(loss)(params, x)
        velocity = [0.9 * v - 0.01 * g for v, g in zip(velocity, grads, strict=True)]
        return [p + v for p, v in zip(params, velocity, strict=True)], velocity, value

    update = jax.jit(update, donate_argnums=(0, 1))
    params = [jnp.array(a) for a in arrays()]
    velocity = [jnp.zeros_like(p) for p in params]
    for n in range(STEPS):
        params, velocity, value = update(params, velocity, batch(n))
        yield float(value)


def train_resnet(library, images):
    step = tasks.chainer_resnet(worker.library(library), images=int(images))
    for n in range(STEPS):
        yield step()
        if n == 2:
            pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten


def _peak_resident():
    """Megabytes, since the start or since the peak was last forgotten."""
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare():
    """``{library: peak resident megabytes}``, each in a process of its own."""
    return {name: _peak(sys.executable, name) for name in ("chainjax", "jax")}


def compare_resnet(pythons, images):
    """The same for ResNet-50; ``pythons``: name of a library -> interpreter that has it."""
    return {name: _peak(python, "resnet", name, str(images)) for name, python in pythons.items() if name in ("chainjax", "chainer")}


def _peak(python, *args):
    out = subprocess.run([python, "-m", "benchmarks.memory", *args], capture_output=True, text=True, check=True).stdout
    return float(out.split()[-1])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        for name, peak in compare().items():
            print(f"{name:10} {peak:6.0f} MB")
    else:
        losses = list({"chainjax": train_chainjax, "jax": train_jax, "resnet": train_resnet}[sys.argv[1]](*sys.argv[2:]))
        print(*losses, _peak_resident())

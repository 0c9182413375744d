"""The work that is timed: each task once in Chainer's API (for chainjax and for Chainer itself), once in plain JAX, once in PyTorch.

A maker gets the library and gives a function of no arguments, one training step that reads its loss. All start from the same
numbers. Inputs are NumPy arrays that may be overwritten after the step, as a data loader's buffers are.
"""

import itertools

import numpy as np

from . import optimizers

MLPS = {"mlp 16 units, batch 8": (16, 8), "mlp 100 units, batch 100": (100, 100), "mlp 1000 units, batch 100": (1000, 100)}
RATE, MOMENTUM = 0.01, 0.9


def digits(batch, shape=(784,)):
    rng = np.random.RandomState(0)
    return rng.rand(batch, *shape).astype(np.float32), rng.randint(0, 10, batch).astype(np.int32)


def mlp_arrays(units):
    rng = np.random.RandomState(1)
    sizes = (784, units, units, 10)
    return [a for n, m in itertools.pairwise(sizes) for a in (rng.randn(m, n).astype("f") / n**0.5, np.zeros(m, "f"))]


SEQUENCE, WIDTH, VOCABULARY = (20, 20), 200, 1000  # batch and length, units, words


def words():
    rng = np.random.RandomState(0)
    return rng.randint(0, VOCABULARY, SEQUENCE).astype(np.int32), rng.randint(0, VOCABULARY, SEQUENCE).astype(np.int32)


def lstm_arrays():
    """Embedding; input and recurrent weights of the gates a, i, f, o; output layer."""
    rng = np.random.RandomState(1)
    shapes = [(VOCABULARY, WIDTH), (4 * WIDTH, WIDTH), (4 * WIDTH,), (4 * WIDTH, WIDTH), (VOCABULARY, WIDTH), (VOCABULARY,)]
    return [(rng.randn(*s) * 0.07 if len(s) == 2 else np.zeros(s)).astype("f") for s in shapes]


CONVOLUTIONS = (32, (3, 32, 32))


def conv_arrays():
    rng = np.random.RandomState(1)
    he = [(rng.randn(*s) * (2 / np.prod(s[1:])) ** 0.5).astype("f") for s in ((32, 3, 3, 3), (64, 32, 3, 3), (10, 64 * 16 * 16))]
    return [he[0], np.zeros(32, "f"), he[1], np.zeros(64, "f"), np.ones(64, "f"), np.zeros(64, "f"), he[2], np.zeros(10, "f")]


# Chainer's API --------------------------------------------------------------------------------------------------------------


def chainer_mlp(chainer, units, batch):
    F, L = chainer.functions, chainer.links
    arrays = mlp_arrays(units)

    class MLP(chainer.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.l1 = L.Linear(784, units, initialW=arrays[0])
                self.l2 = L.Linear(units, units, initialW=arrays[2])
                self.l3 = L.Linear(units, 10, initialW=arrays[4])

        def forward(self, x):
            return self.l3(F.relu(self.l2(F.relu(self.l1(x)))))

    model, (x, t) = MLP(), digits(batch)
    return chainer_step(chainer, model, lambda: F.softmax_cross_entropy(model(x), t))


def chainer_step(chainer, model, loss_of):
    optimizer = chainer.optimizers.MomentumSGD(RATE, MOMENTUM)
    optimizer.setup(model)

    def step():
        loss = loss_of()
        model.cleargrads()
        loss.backward()
        optimizer.update()
        return float(loss.array)

    return step


def chainer_lstm(chainer):
    F, L = chainer.functions, chainer.links
    arrays = lstm_arrays()

    class RNN(chainer.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.embed = L.EmbedID(VOCABULARY, WIDTH, initialW=arrays[0])
                self.lstm = L.LSTM(WIDTH, WIDTH)
                self.out = L.Linear(WIDTH, VOCABULARY, initialW=arrays[4])
            self.lstm.upward.W.array[...] = arrays[1]
            self.lstm.upward.b.array[...] = 0
            self.lstm.lateral.W.array[...] = arrays[3]

    model, (x, t) = RNN(), words()

    def loss_of():
        model.lstm.reset_state()
        loss = 0
        for i in range(x.shape[1]):
            loss += F.softmax_cross_entropy(model.out(model.lstm(model.embed(x[:, i]))), t[:, i])
        return loss

    return chainer_step(chainer, model, loss_of)


def chainer_conv(chainer):
    F, L = chainer.functions, chainer.links
    arrays = conv_arrays()

    class Net(chainer.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.c1 = L.Convolution2D(3, 32, 3, pad=1, initialW=arrays[0])
                self.c2 = L.Convolution2D(32, 64, 3, pad=1, initialW=arrays[2])
                self.bn = L.BatchNormalization(64)
                self.out = L.Linear(64 * 16 * 16, 10, initialW=arrays[6])

        def forward(self, x):
            h = F.relu(self.bn(self.c2(F.relu(self.c1(x)))))
            return self.out(F.max_pooling_2d(h, 2))

    model, (x, t) = Net(), digits(*CONVOLUTIONS)
    return chainer_step(chainer, model, lambda: F.softmax_cross_entropy(model(x), t))


def chainer_resnet(chainer, train=True, images=2):
    """ResNet-50 and some photographs of the usual size: a training step, or only the scores in test mode."""
    F = chainer.functions
    np.random.seed(0)
    model = chainer.links.ResNet50Layers(pretrained_model=None)
    x, t = digits(images, (3, 224, 224))
    if train:
        return chainer_step(chainer, model, lambda: F.softmax_cross_entropy(model(x, layers=["fc6"])["fc6"], t))

    def scores():
        with chainer.using_config("train", False), chainer.no_backprop_mode():
            return float(model(x, layers=["fc6"])["fc6"].array.sum())

    return scores


# JAX ------------------------------------------------------------------------------------------------------------------------


def jax_mlp(jax, units, batch):
    def loss(p, x, t):
        h = jax.nn.relu(x @ p[0].T + p[1])
        h = jax.nn.relu(h @ p[2].T + p[3])
        return jax_cross_entropy(jax, h @ p[4].T + p[5], t)

    return jax_step(jax, mlp_arrays(units), loss, digits(batch))


def jax_cross_entropy(jax, y, t):
    return -jax.numpy.take_along_axis(jax.nn.log_softmax(y), t[:, None], 1).mean()


def jax_step(jax, arrays, loss, inputs):
    def update(params, velocity, *inputs):
        value, grads = jax.value_and_grad(loss)(params, *inputs)
        velocity = [MOMENTUM * v - RATE * g for v, g in zip(velocity, grads, strict=True)]
        return [p + v for p, v in zip(params, velocity, strict=True)], velocity, value

    update = jax.jit(update, donate_argnums=(0, 1))
    params = [jax.numpy.array(a) for a in arrays]
    state = [params, [jax.numpy.zeros_like(p) for p in params]]

    def step():
        # A copy, because the buffers may be overwritten after the step, as in the other tasks.
        state[0], state[1], value = update(*state, *[a.copy() for a in inputs])
        return float(value)

    return step


def jax_lstm(jax):
    jnp = jax.numpy

    def loss(p, x, t):
        c = h = jnp.zeros((x.shape[0], WIDTH))
        total = 0.0
        for i in range(x.shape[1]):
            gates = p[0][x[:, i]] @ p[1].T + p[2] + h @ p[3].T
            a, i_, f, o = jnp.moveaxis(gates.reshape(-1, WIDTH, 4), 2, 0)
            c = jnp.tanh(a) * jax.nn.sigmoid(i_) + jax.nn.sigmoid(f) * c
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            total += jax_cross_entropy(jax, h @ p[4].T + p[5], t[:, i])
        return total

    return jax_step(jax, lstm_arrays(), loss, words())


def jax_conv(jax):
    jnp, lax = jax.numpy, jax.lax

    def convolution(x, w, b):
        return lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NCHW", "OIHW", "NCHW")) + b[None, :, None, None]

    def loss(p, x, t):
        h = convolution(jax.nn.relu(convolution(x, p[0], p[1])), p[2], p[3])
        mean, var = h.mean((0, 2, 3), keepdims=True), h.var((0, 2, 3), keepdims=True)
        h = (h - mean) * lax.rsqrt(var + 2e-5) * p[4][None, :, None, None] + p[5][None, :, None, None]
        h = lax.reduce_window(jax.nn.relu(h), -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
        return jax_cross_entropy(jax, h.reshape(len(h), -1) @ p[6].T + p[7], t)

    return jax_step(jax, conv_arrays(), loss, digits(*CONVOLUTIONS))


# PyTorch --------------------------------------------------------------------------------------------------------------------


def torch_step(torch, params, loss_of):
    optimizer = torch.optim.SGD(params, lr=RATE, momentum=MOMENTUM)

    def step():
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def torch_params(torch, arrays):
    return [torch.nn.Parameter(torch.from_numpy(a.copy())) for a in arrays]


def torch_mlp(torch, units, batch):
    F, p, (x, t) = torch.nn.functional, torch_params(torch, mlp_arrays(units)), digits(batch)

    def loss_of():
        h = F.relu(F.linear(torch.from_numpy(x), p[0], p[1]))
        h = F.relu(F.linear(h, p[2], p[3]))
        return F.cross_entropy(F.linear(h, p[4], p[5]), torch.from_numpy(t).long())

    return torch_step(torch, p, loss_of)


def torch_lstm(torch):
    F, p, (x, t) = torch.nn.functional, torch_params(torch, lstm_arrays()), words()

    def loss_of():
        xs, ts = torch.from_numpy(x).long(), torch.from_numpy(t).long()
        c = h = torch.zeros(x.shape[0], WIDTH)
        total = 0.0
        for i in range(x.shape[1]):
            gates = F.linear(F.embedding(xs[:, i], p[0]), p[1], p[2]) + F.linear(h, p[3])
            a, i_, f, o = gates.reshape(-1, WIDTH, 4).unbind(2)
            c = torch.tanh(a) * torch.sigmoid(i_) + torch.sigmoid(f) * c
            h = torch.sigmoid(o) * torch.tanh(c)
            total = total + F.cross_entropy(F.linear(h, p[4], p[5]), ts[:, i])
        return total

    return torch_step(torch, p, loss_of)


def torch_conv(torch):
    F, p, (x, t) = torch.nn.functional, torch_params(torch, conv_arrays()), digits(*CONVOLUTIONS)
    mean, var = torch.zeros(64), torch.ones(64)

    def loss_of():
        h = F.conv2d(F.relu(F.conv2d(torch.from_numpy(x), p[0], p[1], padding=1)), p[2], p[3], padding=1)
        h = F.max_pool2d(F.relu(F.batch_norm(h, mean, var, p[4], p[5], training=True, eps=2e-5)), 2)
        return F.cross_entropy(F.linear(h.flatten(1), p[6], p[7]), torch.from_numpy(t).long())

    return torch_step(torch, p, loss_of)


# What it costs to say what is to be computed: microseconds per small function and per step of backward -----------------------


def chainer_recording(chainer, length=100):
    """Forward and backward through a chain of small functions, until somebody looks. Gives the two times per function."""
    import time

    F, x = chainer.functions, chainer.Variable(np.zeros((2, 2), np.float32))

    def step():
        start = time.perf_counter()
        y = x
        for _ in range(length):
            y = F.tanh(y)
        middle = time.perf_counter()
        y.grad = np.ones((2, 2), np.float32)
        y.backward()
        end = time.perf_counter()
        np.asarray(x.grad)
        x.cleargrad()
        return {"forward": (middle - start) / length, "backward": (end - middle) / length}

    return step


CHAINER = {
    **{name: (chainer_mlp, size) for name, size in MLPS.items()},
    "lstm 200 units, 20 steps, batch 20": (chainer_lstm, ()),
    "2 convolutions 3x3, batch norm, pool, batch 32": (chainer_conv, ()),
    "ResNet-50, batch 2": (chainer_resnet, ()),
    "ResNet-50 in test mode, batch 2": (chainer_resnet, (False,)),
    "recording a chain of tanh": (chainer_recording, ()),
    **optimizers.CHAINER,
}
JAX = {
    **{name: (jax_mlp, size) for name, size in MLPS.items()},
    "lstm 200 units, 20 steps, batch 20": (jax_lstm, ()),
    "2 convolutions 3x3, batch norm, pool, batch 32": (jax_conv, ()),
    **optimizers.JAX,
}
TORCH = {
    **{name: (torch_mlp, size) for name, size in MLPS.items()},
    "lstm 200 units, 20 steps, batch 20": (torch_lstm, ()),
    "2 convolutions 3x3, batch norm, pool, batch 32": (torch_conv, ()),
    **optimizers.TORCH,
}

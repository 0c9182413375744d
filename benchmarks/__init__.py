"""The same work in chainjax, real Chainer, PyTorch and hand-written JAX, turn by turn: ``python -m benchmarks --help``."""

"""Networks for photographs, beside real Chainer's."""

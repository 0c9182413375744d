"""Numbers of real Chainer for the rows of the registry."""

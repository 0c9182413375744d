"""Softmax over very many classes as a tree of decisions."""

import heapq

import numpy as np

import jax
import jax.numpy as jnp

from ...config import get_dtype
from ...device_resident import DeviceResident
from ...differentiable import differentiable
from ...functions._check import expect, expect_floating, expect_in_range, expect_ndim, expect_same_dtype
from ...initializers import Uniform
from ...link import ArrayAttribute, Link
from ...variable import Parameter


class TreeParser:
    """Finds the way to each leaf of a tree. Its inner nodes are numbered from the root on, the left side before the right.

    Args:
        dtype: of codes.
    """

    def __init__(self, dtype):
        self.dtype, self.paths, self.codes, self._size = dtype, {}, {}, 0

    def parse(self, tree):
        """Read a tree of pairs, whose leaves are what is no tuple."""
        self.paths, self.codes, self._size = {}, {}, 0
        waiting = [(tree, (), ())]
        while waiting:
            node, path, code = waiting.pop()
            if not isinstance(node, tuple):
                self.paths[node], self.codes[node] = np.array(path, np.int32), np.array(code, self.dtype)
                continue
            if len(node) != 2:
                raise ValueError(f"BinaryHierarchicalSoftmax: expected a tree of pairs, got a node of {len(node)} children: {node!r}")
            left, right = node
            path = (*path, self._size)
            waiting += [(right, path, (*code, -1.0)), (left, path, (*code, 1.0))]
            self._size += 1

    def size(self):
        """How many inner nodes there are."""
        return self._size

    def get_paths(self):
        """Leaf -> the numbers of the nodes on its way, from the root on."""
        return self.paths

    def get_codes(self):
        """Leaf -> where it goes on at each of them: 1 for left, -1 for right."""
        return self.codes


class BinaryHierarchicalSoftmaxFunction(DeviceResident):
    """The loss of :class:`BinaryHierarchicalSoftmax` for one tree.

    Args:
        tree: of pairs.
        dtype: of codes.

    Attributes:
        paths: the numbers of the nodes on the ways to leaf 0, to leaf 1, ..., one after another.
        codes: where they go on.
        begins: where the way to each leaf begins in these; behind the last one, where it ends.
        parser_size: how many inner nodes there are.
    """

    paths, codes, begins = ArrayAttribute(), ArrayAttribute(), ArrayAttribute()

    def __init__(self, tree, dtype):
        super().__init__()
        parser = TreeParser(dtype)
        parser.parse(tree)
        paths, codes, self.parser_size = parser.get_paths(), parser.get_codes(), parser.size()
        self._leaves = int(max(paths)) + 1  # users count words in arrays: NumPy integers
        lengths = [len(paths.get(i, ())) for i in range(self._leaves)]
        self._depth = max(lengths)
        self.paths, self.codes = (np.concatenate([found[i] for i in sorted(found)]) for found in (paths, codes))
        self.begins = np.cumsum([0, *lengths], dtype=np.int32)

    def device_resident_accept(self, visitor):
        super().device_resident_accept(visitor)
        for name in ("paths", "codes", "begins"):
            self.__dict__[name] = visitor.visit_array(self.__dict__[name])

    def __call__(self, x, t, W):
        """The sum of losses of vectors ``x`` with labels ``t``, by the weights of the nodes."""
        tree = [self.__dict__[name].use() for name in ("begins", "paths", "codes")]
        with expect_in_range("BinaryHierarchicalSoftmax", "labels", t, self._leaves):
            return _along_paths(x, t, W, *tree, self.parser_size, self._depth)


@differentiable(
    node="BinaryHierarchicalSoftmaxFunction", path="links.loss.hierarchical_softmax", retain=(0, 1, 2), static=("size", "depth")
)
def _along_paths(x, t, W, begins=0, paths=0, codes=0, size=1, depth=1):
    who = "BinaryHierarchicalSoftmax"
    expect_floating(who, x=x)
    expect_same_dtype(who, x=x, W=W)
    expect_ndim(who, 2, x=x, W=W)
    expect(t.dtype == np.int32 and t.shape == x.shape[:1], who, "int32 labels (n,) to x (n, m)", x=x, t=t)
    expect(W.shape == (size, x.shape[1]), who, f"x (n, m), to W ({size}, m)", x=x, W=W)
    step = jnp.arange(depth, dtype=np.int32)[None]
    on = step < (begins[t + 1] - begins[t])[:, None]
    at = jnp.where(on, begins[t][:, None] + step, 0)
    wide = np.promote_types(x.dtype, np.float32)
    scores = jnp.einsum("nkm,nm->nk", W[paths[at]].astype(wide), x.astype(wide)) * codes[at].astype(wide)
    return jnp.where(on, jax.nn.softplus(-scores), 0).sum().astype(x.dtype)


class BinaryHierarchicalSoftmax(Link):
    r"""Loss of a classifier of very many classes, which are the leaves of a binary tree.

    At each inner node :math:`e` on the way to a class a sigmoid decides to go left (:math:`b = 1`) or right (:math:`b = -1`):

    .. math:: -\log p(t) = -\sum_{(e, b) \in \text{way to } t} \log \sigma(b \, w_e^\top x)

    So a loss costs as much as its way is long.

    Args:
        in_size: length of an input vector.
        tree: the tree of pairs, with classes (ints from 0) as leaves, as ``((1, 2), 0)``; see :meth:`create_huffman_tree`.
        dtype: of the codes :math:`b`; default ``config.dtype``.

    Parameters:
        W: ``(nodes, in_size)``, the :math:`w_e`, uniform between -1 and 1.

    Source: Morin, Bengio 2005, Hierarchical probabilistic neural network language model.

    >>> tree = L.BinaryHierarchicalSoftmax.create_huffman_tree({0: 1, 1: 2, 2: 4})
    >>> tree
    ((0, 1), 2)
    >>> loss = L.BinaryHierarchicalSoftmax(2, tree)
    >>> loss.W.array[...] = 0
    >>> round(float(loss(np.float32([[1, 2]]), np.int32([0])).array), 4)  # two decisions, -log(1/4)
    1.3863
    """

    def __init__(self, in_size, tree, dtype=None):
        super().__init__()
        self._func = BinaryHierarchicalSoftmaxFunction(tree, get_dtype(dtype))
        with self.init_scope():
            self.W = Parameter(Uniform(1), (self._func.parser_size, in_size))

    def device_resident_accept(self, visitor):
        super().device_resident_accept(visitor)
        self._func.device_resident_accept(visitor)

    @staticmethod
    def create_huffman_tree(word_counts):
        """The tree in which frequent classes have short ways.

        Args:
            word_counts: class -> how often it occurs.
        """
        if not word_counts:
            raise ValueError("create_huffman_tree: expected counts of one class at least, got none")
        # Of equally frequent ones, what was named first comes first; so classes themselves are never compared.
        rarest = [(count, i, word) for i, (word, count) in enumerate(word_counts.items())]
        heapq.heapify(rarest)
        while len(rarest) > 1:
            (n1, i1, word1), (n2, i2, word2) = heapq.heappop(rarest), heapq.heappop(rarest)
            heapq.heappush(rarest, (n1 + n2, min(i1, i2), (word1, word2)))
        return rarest[0][2]

    def forward(self, x, t):
        """The sum of the losses of vectors ``(n, in_size)`` with int32 labels ``(n,)``."""
        return self._func(x, t, self.W)

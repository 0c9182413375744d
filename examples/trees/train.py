"""Train a network shaped like what it reads, other for each example: is a logical formula true?

It learns from small formulas and is asked about larger ones.
python examples/trees/train.py "not (1 and (0 or 1))" "(0 implies 0) implies 0"
"""

import argparse
import re

import numpy as np

import chainjax as chainer
import chainjax.functions as F
import chainjax.links as L
from chainjax import training
from chainjax.dataset import converter, to_device
from chainjax.iterators import SerialIterator
from chainjax.training import extensions

OPERATIONS = {"and": lambda a, b: a and b, "or": lambda a, b: a or b, "implies": lambda a, b: int(not a or b)}
WORDS = ["0", "1", "not", *OPERATIONS]


def draw(leaves):
    """A formula with so many constants: ``"0"``, ``"1"``, ``("not", formula)`` or ``(operation, formula, formula)``."""
    if np.random.rand() < 0.2:
        return ("not", draw(leaves))
    if leaves == 1:
        return str(np.random.randint(2))
    left = np.random.randint(1, leaves)
    return (np.random.choice(list(OPERATIONS)), draw(left), draw(leaves - left))


def value(formula):
    """0 or 1."""
    if isinstance(formula, str):
        return int(formula)
    word, *parts = formula
    values = [value(part) for part in parts]
    return 1 - values[0] if word == "not" else OPERATIONS[word](*values)


def parse(text):
    """A formula as people write it."""
    tokens = re.findall(r"\w+|[()]", text)

    def operand():
        token = tokens.pop(0)
        if token == "(":
            inside = operation()
            tokens.pop(0)
            return inside
        return ("not", operand()) if token == "not" else token

    def operation():
        left = operand()
        while tokens and tokens[0] in OPERATIONS:
            left = (tokens.pop(0), left, operand())
        return left

    return operation()


class TreeNet(chainer.Chain):
    """A vector for each word, a TreeLSTM that makes the state of a formula of those of its parts, and what that says."""

    def __init__(self, units):
        super().__init__()
        with self.init_scope():
            self.embed = L.EmbedID(len(WORDS), units)
            self.tree = L.NaryTreeLSTM(units, units, n_ary=2)
            self.out = L.Linear(units, 2)

    def read(self, formula):
        """The state ``(c, h)`` of a formula."""
        word, *parts = (formula,) if isinstance(formula, str) else formula
        x = self.embed(np.array([WORDS.index(word)], np.int32))
        (c1, h1), (c2, h2) = [self.read(part) for part in parts] + [(None, None)] * (2 - len(parts))
        return self.tree(c1, c2, h1, h2, x)

    def forward(self, formulas):
        return self.out(F.concat([self.read(formula)[1] for formula in formulas], axis=0))


@converter()
def convert_trees(batch, device):
    """Formulas as they are, and an array of their values."""
    return batch, to_device(device, np.array([value(formula) for formula in batch], np.int32))


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Train a tree-shaped network to tell whether logical formulas are true.")
    parser.add_argument("formulas", nargs="*", default=["not (1 and (0 or 1))", "(0 implies 0) implies 0"], help="formulas to tell of")
    parser.add_argument("--steps", type=int, default=160, help="how many minibatches of ten formulas are read (default: 160)")
    parser.add_argument("--units", type=int, default=20, help="size of the network (default: 20)")
    parser.add_argument("--out", default="result/trees", help="folder for the log")
    return parser.parse_args()


def main():
    """Train on formulas of up to 5 constants, and say how many of 6 to 12 are understood."""
    args = arguments()
    np.random.seed(0)
    train = [draw(np.random.randint(1, 6)) for _ in range(1000)]
    test = [draw(np.random.randint(6, 13)) for _ in range(200)]
    model = L.Classifier(TreeNet(args.units))
    optimizer = chainer.optimizers.Adam(0.01).setup(model)
    updater = training.updaters.StandardUpdater(SerialIterator(train, 10), optimizer, converter=convert_trees)
    trainer = training.Trainer(updater, (args.steps, "iteration"), out=args.out)
    test = SerialIterator(test, 50, repeat=False, shuffle=False)
    trainer.extend(extensions.Evaluator(test, model, converter=convert_trees), trigger=(args.steps, "iteration"))
    log = extensions.LogReport(trigger=(max(args.steps // 4, 1), "iteration"))
    trainer.extend(log)
    trainer.extend(extensions.PrintReport(["iteration", "main/loss", "main/accuracy", "validation/main/accuracy", "elapsed_time"]))
    trainer.run()

    with chainer.using_config("train", False), chainer.no_backprop_mode():
        scores = model.predictor([parse(formula) for formula in args.formulas]).array
    for formula, best in zip(args.formulas, scores.argmax(axis=1), strict=True):
        print(f"{formula} is {bool(best)}")
    print(f"{log.log[-1]['validation/main/accuracy']:.1%} of {len(test.dataset)} larger formulas are understood.")


if __name__ == "__main__":
    main()

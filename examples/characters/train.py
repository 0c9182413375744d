"""Train a network to write, letter by letter, like the manual of Python, which comes with Python; then let it write.

python examples/characters/train.py --begin "The value of"    # --text FILE: learn another text
"""

import argparse
import math
import pathlib
from pydoc_data.topics import topics

import numpy as np

import chainjax as chainer
import chainjax.functions as F
import chainjax.links as L
from chainjax import training
from chainjax.iterators import SerialIterator
from chainjax.training import extensions

BATCH, LENGTH = 32, 32  # places in the text that are read at a time, letters of each in a step


class Writer(chainer.Chain):
    """What the next letter is, for letters read one after the other: embedding, LSTM, linear."""

    def __init__(self, letters, units):
        super().__init__()
        with self.init_scope():
            self.embed = L.EmbedID(letters, units)
            self.lstm = L.LSTM(units, units)
            self.out = L.Linear(units, letters)

    def forward(self, x):
        return self.out(self.lstm(self.embed(x)))


class Loss(chainer.Chain):
    """Bits that it takes to tell the letters of a piece of text, on average, by what the writer thinks comes next."""

    def __init__(self, writer):
        super().__init__()
        with self.init_scope():
            self.writer = writer

    def forward(self, text):
        steps = range(text.shape[1] - 1)
        nats = sum(F.softmax_cross_entropy(self.writer(text[:, i]), text[:, i + 1]) for i in steps)
        bits = nats / (len(steps) * math.log(2))
        chainer.report({"bits": bits}, self)
        return bits


class TruncatedUpdater(training.updaters.StandardUpdater):
    """The state of the network goes on from piece to piece of the text; gradients do not go back beyond the piece."""

    def update_core(self):
        iterator, optimizer = self.get_iterator("main"), self.get_optimizer("main")
        model = optimizer.target
        loss = model(self.converter(iterator.next(), self.device))
        model.cleargrads()
        loss.backward()
        loss.unchain_backward()
        optimizer.update()
        if iterator.is_new_epoch:
            model.writer.lstm.reset_state()


def pieces(ids):
    """The text cut into as many streams as a minibatch has examples, and these into pieces, in the order of minibatches."""
    n = (len(ids) - 1) // (BATCH * LENGTH)
    starts = np.arange(n)[:, None] * LENGTH + np.arange(BATCH) * n * LENGTH
    return ids[starts.reshape(-1, 1) + np.arange(LENGTH + 1)]


def write(writer, letters, text, length):
    """Go on with a text: each letter is drawn from what the writer thinks comes next, a little surer than it is."""
    writer.lstm.reset_state()
    with chainer.using_config("train", False), chainer.no_backprop_mode():
        for letter in text:
            y = writer(np.array([letters.index(letter)], np.int32))
        for _ in range(length):
            text += np.random.choice(letters, p=F.softmax(F.cast(1.5 * y, "d")).array[0])
            y = writer(np.array([letters.index(text[-1])], np.int32))
    return text


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Train a network to write letter by letter.")
    parser.add_argument("--text", type=pathlib.Path, help="a file to learn from (default: the manual of Python)")
    parser.add_argument("--begin", default="The ", help="what to go on with")
    parser.add_argument("--epochs", type=int, default=1, help="how often the text is read (default: once)")
    parser.add_argument("--units", type=int, default=160, help="size of the network (default: 160)")
    parser.add_argument("--out", default="result/characters", help="folder for the log")
    return parser.parse_args()


def main():
    """Train on nine tenths of the text, say how well the rest is foreseen, and write."""
    args = arguments()
    np.random.seed(0)
    text = args.text.read_text() if args.text else "\n".join(topics[name] for name in sorted(topics))
    letters = sorted(set(text + args.begin))
    ids = np.array([letters.index(letter) for letter in text], np.int32)
    train, test = pieces(ids[: len(ids) * 9 // 10]), pieces(ids[len(ids) * 9 // 10 :])

    model = Loss(Writer(len(letters), args.units))
    optimizer = chainer.optimizers.Adam(0.005).setup(model)
    optimizer.add_hook(chainer.optimizer_hooks.GradientClipping(1))
    updater = TruncatedUpdater(SerialIterator(train, BATCH, shuffle=False), optimizer)
    trainer = training.Trainer(updater, (args.epochs, "epoch"), out=args.out)
    reader = model.copy()  # shares the parameters, not the state
    reader.writer = model.writer.copy()
    reader.writer.lstm = model.writer.lstm.copy()
    test = SerialIterator(test, BATCH, repeat=False, shuffle=False)
    trainer.extend(extensions.Evaluator(test, reader, eval_hook=lambda _: reader.writer.lstm.reset_state()))
    log = extensions.LogReport(trigger=(1 / 8, "epoch"))
    trainer.extend(log)
    trainer.extend(extensions.PrintReport(["iteration", "main/bits", "validation/main/bits", "elapsed_time"]))
    trainer.run()
    print(write(model.writer, letters, args.begin, 300))
    print(f"{log.log[-1]['validation/main/bits']:.2f} bits for a letter of text that it has not read.")


if __name__ == "__main__":
    main()

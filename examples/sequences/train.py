"""Train a recurrent network on sequences of any length: what kind of character is it, going by its Unicode name?

python examples/sequences/train.py "BALLET SHOES" "HEBREW LETTER ALEF" "ROMAN NUMERAL ONE HUNDRED"
"""

import argparse
import unicodedata

import numpy as np

import chainjax as chainer
import chainjax.functions as F
import chainjax.links as L
from chainjax import training
from chainjax.dataset import converter, to_device
from chainjax.iterators import SerialIterator
from chainjax.training import extensions

KINDS = {"L": "letter", "M": "mark", "N": "number", "P": "punctuation", "S": "symbol"}
CLASSES = sorted(KINDS)
UNKNOWN = 0  # the word that stands for all that are not known


def read_names(most):
    """``(words of a name, kind)`` of characters, drawn at random, at most so many of each kind."""
    named = {kind: [] for kind in CLASSES}
    for code in range(0x30000):
        kind, name = unicodedata.category(chr(code))[0], unicodedata.name(chr(code), "")
        if name and kind in named and not name.startswith(("CJK", "HANGUL SYLLABLE")):  # more than all others, and all alike
            named[kind].append(name.replace("-", " ").split())
    drawn = [(named[kind][i], kind) for kind in CLASSES for i in np.random.permutation(len(named[kind]))[:most]]
    return [drawn[i] for i in np.random.permutation(len(drawn))]


class Classifier(chainer.Chain):
    """Words, both ways through an LSTM, whose last states tell the class. No padding: each sequence is as long as it is."""

    def __init__(self, words, units, classes):
        super().__init__()
        with self.init_scope():
            self.embed = L.EmbedID(words, units)
            self.lstm = L.NStepBiLSTM(1, units, units, 0.3)
            self.out = L.Linear(2 * units, classes)

    def scores(self, sequences):
        """One line of scores for each sequence of words."""
        ends = np.cumsum([len(sequence) for sequence in sequences])[:-1]
        embedded = F.split_axis(self.embed(F.concat(sequences, axis=0)), ends, axis=0)  # all words at once
        h, _, _ = self.lstm(None, None, embedded)
        return self.out(F.dropout(F.concat([h[0], h[1]], axis=1), 0.5))

    def forward(self, sequences, labels):
        y = self.scores(sequences)
        loss = F.softmax_cross_entropy(y, labels)
        chainer.report({"loss": loss, "accuracy": F.accuracy(y, labels)}, self)
        return loss


@converter()
def convert_ragged(batch, device):
    """A list of sequences, each an array of its own, and one array of labels."""
    sequences, labels = zip(*batch, strict=True)
    return [to_device(device, sequence) for sequence in sequences], to_device(device, np.array(labels, np.int32))


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description="Train a recurrent network to tell the kind of a character by its name.")
    parser.add_argument("names", nargs="*", default=["BALLET SHOES", "HEBREW LETTER ALEF", "COMBINING OVERLINE"], help="names to tell of")
    parser.add_argument("--epochs", type=int, default=3, help="how often all names are seen (default: 3)")
    parser.add_argument("--units", type=int, default=64, help="size of the network (default: 64)")
    parser.add_argument("--out", default="result/sequences", help="folder for the log")
    return parser.parse_args()


def main():
    """Train, and say how many names that it has not read it knows the kind of."""
    args = arguments()
    np.random.seed(0)
    examples = read_names(800)
    held_out = len(examples) // 6
    words = {word: i for i, word in enumerate(sorted({word for name, _ in examples[held_out:] for word in name}), start=1)}

    def numbers(name):
        return np.array([words.get(word, UNKNOWN) for word in name], np.int32)

    data = [(numbers(name), CLASSES.index(kind)) for name, kind in examples]
    model = Classifier(len(words) + 1, args.units, len(CLASSES))
    optimizer = chainer.optimizers.Adam(0.005).setup(model)
    updater = training.updaters.StandardUpdater(SerialIterator(data[held_out:], 64), optimizer, converter=convert_ragged)
    trainer = training.Trainer(updater, (args.epochs, "epoch"), out=args.out)
    test = SerialIterator(data[:held_out], 128, repeat=False, shuffle=False)
    trainer.extend(extensions.Evaluator(test, model, converter=convert_ragged))
    log = extensions.LogReport()
    trainer.extend(log)
    trainer.extend(extensions.PrintReport(["epoch", "main/loss", "main/accuracy", "validation/main/accuracy", "elapsed_time"]))
    trainer.run()

    with chainer.using_config("train", False), chainer.no_backprop_mode():
        scores = model.scores([numbers(name.upper().replace("-", " ").split()) for name in args.names]).array
    for name, best in zip(args.names, scores.argmax(axis=1), strict=True):
        print(f"{name}: {KINDS[CLASSES[best]]}")
    print(f"{log.log[-1]['validation/main/accuracy']:.1%} of {held_out} names that it has not read are of the kind that it says.")


if __name__ == "__main__":
    main()

"""What is put around a network to train it."""

from ... import functions as F
from ...link import Chain
from ...reporter import report


class Classifier(Chain):
    """A predictor with its loss and accuracy; calling it gives the loss.

    Args:
        predictor: the network.
        lossfun: function of prediction and labels; default softmax cross entropy.
        accfun: function of prediction and labels; default accuracy.
        label_key: which argument of a call holds the labels: a position or a keyword. The others go to the predictor.

    Attributes:
        y: the last prediction.
        loss: the last loss.
        accuracy: the last accuracy.
        compute_accuracy: whether to compute it.

    >>> model = L.Classifier(L.Linear(2, initialW=0))
    >>> loss = model(np.float32([[1, 2]]), np.int32([1]))
    >>> round(float(loss.array), 3), float(model.accuracy.array)
    (0.693, 0.0)
    """

    compute_accuracy = True

    def __init__(self, predictor, lossfun=F.softmax_cross_entropy, accfun=F.accuracy, label_key=-1):
        if not isinstance(label_key, (int, str)):
            raise TypeError(f"label_key must be int or str, but is {type(label_key)}")
        super().__init__()
        self.lossfun, self.accfun, self.label_key = lossfun, accfun, label_key
        self.y = self.loss = self.accuracy = None
        with self.init_scope():
            self.predictor = predictor

    def forward(self, *args, **kwargs):
        """The loss of the predictor's output for all arguments but the labels; loss and accuracy are reported."""
        key = self.label_key
        if isinstance(key, str):
            if key not in kwargs:
                raise ValueError(f'Label key "{key}" is not found')
            t = kwargs.pop(key)
        else:
            if not -len(args) <= key < len(args):
                raise ValueError(f"Label key {key} is out of bounds")
            args = list(args)
            t = args.pop(key)
        self.y = self.loss = self.accuracy = None
        self.y = self.predictor(*args, **kwargs)
        self.loss = self.lossfun(self.y, t)
        report({"loss": self.loss}, self)
        if self.compute_accuracy:
            self.accuracy = self.accfun(self.y, t)
            report({"accuracy": self.accuracy}, self)
        return self.loss

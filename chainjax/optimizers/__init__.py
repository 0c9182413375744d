"""Optimizers. The update and the meaning of each hyperparameter are with the rules."""

from ._adadelta import AdaDelta as AdaDelta
from ._adam import Adam as Adam
from ._sgd import SGD as SGD
from ._sgd import MomentumSGD as MomentumSGD

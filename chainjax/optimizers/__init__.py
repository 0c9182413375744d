"""Optimizers. The update and the meaning of each hyperparameter are with the rules."""

from ._adadelta import AdaDelta as AdaDelta
from ._adagrad import AdaGrad as AdaGrad
from ._adam import AdaBound as AdaBound
from ._adam import Adam as Adam
from ._adam import AdamW as AdamW
from ._adam import AMSBound as AMSBound
from ._adam import AMSGrad as AMSGrad
from ._msvag import MSVAG as MSVAG
from ._optax import Optax as Optax
from ._rmsprop import SMORMS3 as SMORMS3
from ._rmsprop import RMSprop as RMSprop
from ._rmsprop import RMSpropGraves as RMSpropGraves
from ._sgd import SGD as SGD
from ._sgd import CorrectedMomentumSGD as CorrectedMomentumSGD
from ._sgd import MomentumSGD as MomentumSGD
from ._sgd import NesterovAG as NesterovAG

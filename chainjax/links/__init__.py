"""Links, by category."""

from .connection import Convolution2D as Convolution2D
from .connection import EmbedID as EmbedID
from .connection import Linear as Linear
from .model import Classifier as Classifier
from .normalization import BatchNormalization as BatchNormalization
from .normalization import BatchRenormalization as BatchRenormalization
from .normalization import DecorrelatedBatchNormalization as DecorrelatedBatchNormalization
from .normalization import GroupNormalization as GroupNormalization
from .normalization import LayerNormalization as LayerNormalization
from .rnn import LSTM as LSTM
from .rnn import StatelessLSTM as StatelessLSTM

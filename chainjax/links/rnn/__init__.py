"""Recurrent links."""

from ._gru import GRU as GRU
from ._gru import StatefulGRU as StatefulGRU
from ._gru import StatefulMGU as StatefulMGU
from ._gru import StatelessGRU as StatelessGRU
from ._gru import StatelessMGU as StatelessMGU
from ._lstm import LSTM as LSTM
from ._lstm import StatefulPeepholeLSTM as StatefulPeepholeLSTM
from ._lstm import StatefulZoneoutLSTM as StatefulZoneoutLSTM
from ._lstm import StatelessLSTM as StatelessLSTM
from ._n_step import NStepBiGRU as NStepBiGRU
from ._n_step import NStepBiLSTM as NStepBiLSTM
from ._n_step import NStepBiRNNReLU as NStepBiRNNReLU
from ._n_step import NStepBiRNNTanh as NStepBiRNNTanh
from ._n_step import NStepGRU as NStepGRU
from ._n_step import NStepLSTM as NStepLSTM
from ._n_step import NStepRNNReLU as NStepRNNReLU
from ._n_step import NStepRNNTanh as NStepRNNTanh
from ._tree import ChildSumTreeLSTM as ChildSumTreeLSTM
from ._tree import NaryTreeLSTM as NaryTreeLSTM

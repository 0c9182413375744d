"""Recurrent links."""

from ._lstm import LSTM as LSTM
from ._lstm import StatelessLSTM as StatelessLSTM

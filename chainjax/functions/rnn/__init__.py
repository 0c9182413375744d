"""Recurrent units."""

from ._lstm import lstm as lstm
from ._lstm import slstm as slstm
from ._lstm import tree_lstm as tree_lstm
from ._n_step import n_step_bigru as n_step_bigru
from ._n_step import n_step_bilstm as n_step_bilstm
from ._n_step import n_step_birnn as n_step_birnn
from ._n_step import n_step_gru as n_step_gru
from ._n_step import n_step_lstm as n_step_lstm
from ._n_step import n_step_rnn as n_step_rnn

"""Differentiable functions, by category."""

from ..variable import Variable as _Variable
from .activation import clipped_relu as clipped_relu
from .activation import crelu as crelu
from .activation import elu as elu
from .activation import hard_sigmoid as hard_sigmoid
from .activation import leaky_relu as leaky_relu
from .activation import log_softmax as log_softmax
from .activation import maxout as maxout
from .activation import prelu as prelu
from .activation import relu as relu
from .activation import relu6 as relu6
from .activation import rrelu as rrelu
from .activation import selu as selu
from .activation import sigmoid as sigmoid
from .activation import softmax as softmax
from .activation import softplus as softplus
from .activation import swish as swish
from .activation import tanh as tanh
from .array import as_strided as as_strided
from .array import broadcast as broadcast
from .array import broadcast_to as broadcast_to
from .array import cast as cast
from .array import concat as concat
from .array import copy as copy
from .array import depth2space as depth2space
from .array import diagonal as diagonal
from .array import dstack as dstack
from .array import expand_dims as expand_dims
from .array import flatten as flatten
from .array import flip as flip
from .array import fliplr as fliplr
from .array import flipud as flipud
from .array import get_item as get_item
from .array import hstack as hstack
from .array import im2col as im2col
from .array import moveaxis as moveaxis
from .array import pad as pad
from .array import pad_sequence as pad_sequence
from .array import permutate as permutate
from .array import repeat as repeat
from .array import reshape as reshape
from .array import resize_images as resize_images
from .array import rollaxis as rollaxis
from .array import scatter_add as scatter_add
from .array import select_item as select_item
from .array import separate as separate
from .array import space2depth as space2depth
from .array import spatial_transformer_grid as spatial_transformer_grid
from .array import spatial_transformer_sampler as spatial_transformer_sampler
from .array import split_axis as split_axis
from .array import squeeze as squeeze
from .array import stack as stack
from .array import swapaxes as swapaxes
from .array import tile as tile
from .array import transpose as transpose
from .array import transpose_sequence as transpose_sequence
from .array import vstack as vstack
from .array import where as where
from .connection import bilinear as bilinear
from .connection import convolution_1d as convolution_1d
from .connection import convolution_2d as convolution_2d
from .connection import convolution_3d as convolution_3d
from .connection import convolution_nd as convolution_nd
from .connection import deconvolution_1d as deconvolution_1d
from .connection import deconvolution_2d as deconvolution_2d
from .connection import deconvolution_3d as deconvolution_3d
from .connection import deconvolution_nd as deconvolution_nd
from .connection import deformable_convolution_2d_sampler as deformable_convolution_2d_sampler
from .connection import depthwise_convolution_2d as depthwise_convolution_2d
from .connection import dilated_convolution_2d as dilated_convolution_2d
from .connection import embed_id as embed_id
from .connection import linear as linear
from .connection import local_convolution_2d as local_convolution_2d
from .connection import shift as shift
from .evaluation import accuracy as accuracy
from .evaluation import binary_accuracy as binary_accuracy
from .evaluation import classification_summary as classification_summary
from .evaluation import f1_score as f1_score
from .evaluation import precision as precision
from .evaluation import r2_score as r2_score
from .evaluation import recall as recall
from .loss import absolute_error as absolute_error
from .loss import argmax_crf1d as argmax_crf1d
from .loss import bernoulli_nll as bernoulli_nll
from .loss import black_out as black_out
from .loss import connectionist_temporal_classification as connectionist_temporal_classification
from .loss import contrastive as contrastive
from .loss import crf1d as crf1d
from .loss import cross_covariance as cross_covariance
from .loss import decov as decov
from .loss import discriminative_margin_based_clustering_loss as discriminative_margin_based_clustering_loss
from .loss import gaussian_kl_divergence as gaussian_kl_divergence
from .loss import gaussian_nll as gaussian_nll
from .loss import hinge as hinge
from .loss import huber_loss as huber_loss
from .loss import mean_absolute_error as mean_absolute_error
from .loss import mean_squared_error as mean_squared_error
from .loss import negative_sampling as negative_sampling
from .loss import sigmoid_cross_entropy as sigmoid_cross_entropy
from .loss import softmax_cross_entropy as softmax_cross_entropy
from .loss import squared_difference as squared_difference
from .loss import squared_error as squared_error
from .loss import triplet as triplet
from .math import absolute as absolute
from .math import add as add
from .math import arccos as arccos
from .math import arcsin as arcsin
from .math import arctan as arctan
from .math import arctan2 as arctan2
from .math import arctanh as arctanh
from .math import argmax as argmax
from .math import argmin as argmin
from .math import average as average
from .math import batch_det as batch_det
from .math import batch_inv as batch_inv
from .math import batch_l2_norm_squared as batch_l2_norm_squared
from .math import batch_matmul as batch_matmul
from .math import bias as bias
from .math import ceil as ceil
from .math import cholesky as cholesky
from .math import clip as clip
from .math import cos as cos
from .math import cosh as cosh
from .math import cumprod as cumprod
from .math import cumsum as cumsum
from .math import det as det
from .math import digamma as digamma
from .math import einsum as einsum
from .math import erf as erf
from .math import erfc as erfc
from .math import erfcinv as erfcinv
from .math import erfcx as erfcx
from .math import erfinv as erfinv
from .math import exp as exp
from .math import expm1 as expm1
from .math import fft as fft
from .math import fix as fix
from .math import floor as floor
from .math import fmod as fmod
from .math import identity as identity
from .math import ifft as ifft
from .math import inv as inv
from .math import lgamma as lgamma
from .math import linear_interpolate as linear_interpolate
from .math import log as log
from .math import log1p as log1p
from .math import log2 as log2
from .math import log10 as log10
from .math import log_ndtr as log_ndtr
from .math import logsumexp as logsumexp
from .math import matmul as matmul
from .math import max as max
from .math import maximum as maximum
from .math import mean as mean
from .math import min as min
from .math import minimum as minimum
from .math import ndtr as ndtr
from .math import ndtri as ndtri
from .math import polygamma as polygamma
from .math import prod as prod
from .math import rsqrt as rsqrt
from .math import scale as scale
from .math import sign as sign
from .math import sin as sin
from .math import sinh as sinh
from .math import sparse_matmul as sparse_matmul
from .math import sqrt as sqrt
from .math import square as square
from .math import sum as sum
from .math import sum_to as sum_to
from .math import tan as tan
from .math import tensordot as tensordot
from .math import zeta as zeta
from .math._operators import OPERATORS as _OPERATORS
from .noise import dropout as dropout
from .noise import gaussian as gaussian
from .noise import gumbel_softmax as gumbel_softmax
from .noise import simplified_dropconnect as simplified_dropconnect
from .noise import zoneout as zoneout
from .normalization import batch_normalization as batch_normalization
from .normalization import batch_renormalization as batch_renormalization
from .normalization import decorrelated_batch_normalization as decorrelated_batch_normalization
from .normalization import fixed_batch_normalization as fixed_batch_normalization
from .normalization import fixed_batch_renormalization as fixed_batch_renormalization
from .normalization import fixed_decorrelated_batch_normalization as fixed_decorrelated_batch_normalization
from .normalization import group_normalization as group_normalization
from .normalization import layer_normalization as layer_normalization
from .normalization import local_response_normalization as local_response_normalization
from .normalization import normalize as normalize
from .pooling import average_pooling_1d as average_pooling_1d
from .pooling import average_pooling_2d as average_pooling_2d
from .pooling import average_pooling_3d as average_pooling_3d
from .pooling import average_pooling_nd as average_pooling_nd
from .pooling import max_pooling_1d as max_pooling_1d
from .pooling import max_pooling_2d as max_pooling_2d
from .pooling import max_pooling_3d as max_pooling_3d
from .pooling import max_pooling_nd as max_pooling_nd
from .pooling import roi_average_align_2d as roi_average_align_2d
from .pooling import roi_average_pooling_2d as roi_average_pooling_2d
from .pooling import roi_max_align_2d as roi_max_align_2d
from .pooling import roi_max_pooling_2d as roi_max_pooling_2d
from .pooling import roi_pooling_2d as roi_pooling_2d
from .pooling import spatial_pyramid_pooling_2d as spatial_pyramid_pooling_2d
from .pooling import unpooling_1d as unpooling_1d
from .pooling import unpooling_2d as unpooling_2d
from .pooling import unpooling_3d as unpooling_3d
from .pooling import unpooling_nd as unpooling_nd
from .pooling import upsampling_2d as upsampling_2d
from .rnn import lstm as lstm
from .rnn import n_step_bigru as n_step_bigru
from .rnn import n_step_bilstm as n_step_bilstm
from .rnn import n_step_birnn as n_step_birnn
from .rnn import n_step_gru as n_step_gru
from .rnn import n_step_lstm as n_step_lstm
from .rnn import n_step_rnn as n_step_rnn
from .rnn import slstm as slstm
from .rnn import tree_lstm as tree_lstm
from .util import forget as forget


def _reshape(self, *shape):
    """The variable in another shape; see :func:`reshape`."""
    return reshape(self, shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape)


def _transpose(self, *axes):
    """The variable with its axes in another order; see :func:`transpose`."""
    if not axes:
        return transpose(self)
    return transpose(self, axes[0] if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))) else axes)


def _mean(self, axis=None, *, weights=None, keepdims=False):
    """Mean along axes; see :func:`average`."""
    return average(self, axis, weights, keepdims)


# Variables know no functions; functions give them their operators and methods.
for _name, _method in _OPERATORS.items():
    setattr(_Variable, _name, _method)
_Variable.__getitem__ = lambda x, slices: get_item(x, slices)
_Variable.reshape = _reshape
_Variable.transpose = _transpose
_Variable.mean = _mean
_Variable.T = property(lambda self: transpose(self), doc="The variable with its axes reversed.")

"""Losses."""

from ._classification import hinge as hinge
from ._classification import sigmoid_cross_entropy as sigmoid_cross_entropy
from ._classification import softmax_cross_entropy as softmax_cross_entropy
from ._covariance import cross_covariance as cross_covariance
from ._covariance import decov as decov
from ._metric import contrastive as contrastive
from ._metric import discriminative_margin_based_clustering_loss as discriminative_margin_based_clustering_loss
from ._metric import triplet as triplet
from ._regression import absolute_error as absolute_error
from ._regression import huber_loss as huber_loss
from ._regression import mean_absolute_error as mean_absolute_error
from ._regression import mean_squared_error as mean_squared_error
from ._regression import squared_difference as squared_difference
from ._regression import squared_error as squared_error
from ._sampling import black_out as black_out
from ._sampling import negative_sampling as negative_sampling
from ._sequence import argmax_crf1d as argmax_crf1d
from ._sequence import connectionist_temporal_classification as connectionist_temporal_classification
from ._sequence import crf1d as crf1d
from ._variational import bernoulli_nll as bernoulli_nll
from ._variational import gaussian_kl_divergence as gaussian_kl_divergence
from ._variational import gaussian_nll as gaussian_nll

"""Measures without gradients."""

from ._accuracy import accuracy as accuracy
from ._accuracy import binary_accuracy as binary_accuracy
from ._summary import classification_summary as classification_summary
from ._summary import f1_score as f1_score
from ._summary import precision as precision
from ._summary import r2_score as r2_score
from ._summary import recall as recall

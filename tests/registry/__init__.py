"""What there is, one row per public name: data for the laws in ``tests/laws``. How to test is theirs alone."""

from . import (
    distributions,
    functions_activation,
    functions_array,
    functions_connection,
    functions_evaluation,
    functions_loss,
    functions_math,
    functions_noise,
    functions_normalization,
    functions_pooling,
    functions_rnn,
    functions_util,
    initializers,
    links_activation,
    links_connection,
    links_hooked,
    links_loss,
    links_model,
    links_normalization,
    links_rnn,
    optimizers,
)
from .functions_math import OPERATORS

FUNCTIONS = [
    *functions_activation.ROWS,
    *functions_array.ROWS,
    *functions_connection.ROWS,
    *functions_evaluation.ROWS,
    *functions_loss.ROWS,
    *functions_math.ROWS,
    *functions_noise.ROWS,
    *functions_normalization.ROWS,
    *functions_pooling.ROWS,
    *functions_rnn.ROWS,
    *functions_util.ROWS,
]
LINKS = [
    *links_activation.ROWS,
    *links_connection.ROWS,
    *links_hooked.ROWS,
    *links_loss.ROWS,
    *links_model.ROWS,
    *links_normalization.ROWS,
    *links_rnn.ROWS,
]
DISTRIBUTIONS = distributions.ROWS
INITIALIZERS, OPTIMIZERS, HOOKS = initializers.ROWS, optimizers.ROWS, optimizers.HOOKS

#: Links of hundreds of megabytes, taken from files, or in need of Theano or flax; an optimizer that has no rule of its own. They are tested
#: in ``tests/unit``.
APART = {
    *("GoogLeNet", "ResNet50Layers", "ResNet101Layers", "ResNet152Layers", "VGG16Layers", "VGG19Layers"),
    *("FlaxLink", "TheanoFunction"),
    "Optax",
}

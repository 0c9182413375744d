"""Where Chainer keeps things that chainjax keeps elsewhere: one file per function there, families here.

A module of Chainer that chainjax has not is made from these tables when somebody imports it.
"""

import types

#: Chainer's module -> chainjax's, below the packages.
MODULES = {
    "_backprop": "backprop",
    "basic_math": "functions.math.basic_math",
    "_backprop_utils": "compat._backprop_utils",
    "configuration": "config",
    "cuda": "backends.cuda",
    "backends._cpu": "compat._cpu",
    "backends._chainerx": "backends.chainerx",
    "dataset.convert": "dataset._convert",
    "dataset.dataset_mixin": "dataset._mixin",
    "dataset.download": "dataset._download",
    "dataset.iterator": "dataset._iterator",
    "datasets.tuple_dataset": "datasets._tuple",
    "distributions.bernoulli": "distributions._discrete",
    "distributions.beta": "distributions._gamma",
    "distributions.categorical": "distributions._discrete",
    "distributions.cauchy": "distributions._location_scale",
    "distributions.chisquare": "distributions._gamma",
    "distributions.dirichlet": "distributions._gamma",
    "distributions.exponential": "distributions._gamma",
    "distributions.gamma": "distributions._gamma",
    "distributions.geometric": "distributions._discrete",
    "distributions.gumbel": "distributions._location_scale",
    "distributions.independent": "distributions._independent",
    "distributions.laplace": "distributions._location_scale",
    "distributions.log_normal": "distributions._normal",
    "distributions.multivariate_normal": "distributions._normal",
    "distributions.normal": "distributions._normal",
    "distributions.one_hot_categorical": "distributions._discrete",
    "distributions.pareto": "distributions._bounded",
    "distributions.poisson": "distributions._discrete",
    "distributions.uniform": "distributions._bounded",
    "distributions.utils": "distributions._family",
    "function_hooks.cuda_profile": "function_hooks._cuda",
    "function_hooks.cupy_memory_profile": "function_hooks._cuda",
    "function_hooks.debug_print": "function_hooks._print",
    "function_hooks.timer": "function_hooks._timer",
    "functions.array.as_strided": "functions.array._strided",
    "functions.array.copy": "functions.array._copy",
    "functions.array.flip": "functions.array._flip",
    "functions.theano.theano_function": "functions.theano._theano",
    "initializers.constant": "initializers._constant",
    "initializers.normal": "initializers._random",
    "initializers.uniform": "initializers._random",
    "initializers.orthogonal": "initializers._random",
    "initializers.sampling": "initializers._filters",
    "iterators._statemachine": "iterators._order",
    "iterators.order_samplers": "iterators._order",
    "iterators.serial_iterator": "iterators._serial",
    "link_hooks.spectral_normalization": "link_hooks._weight",
    "link_hooks.timer": "link_hooks._timer",
    "link_hooks.weight_standardization": "link_hooks._weight",
    "links.activation.maxout": "links.activation._linear",
    "links.activation.prelu": "links.activation._slopes",
    "links.activation.simplified_dropconnect": "links.activation._linear",
    "links.activation.swish": "links.activation._slopes",
    "links.caffe.caffe_function": "links.caffe._function",
    "links.caffe.protobuf3": "links.caffe",
    "links.caffe.protobuf3.caffe_pb2": "links.caffe._messages",
    "links.connection.bias": "links.connection._elementwise",
    "links.connection.bilinear": "links.connection._bilinear",
    "links.connection.convolution_2d": "links.connection._convolution",
    "links.connection.convolution_nd": "links.connection._convolution",
    "links.connection.deconvolution_2d": "links.connection._convolution",
    "links.connection.deconvolution_nd": "links.connection._convolution",
    "links.connection.deformable_convolution_2d": "links.connection._local",
    "links.connection.depthwise_convolution_2d": "links.connection._convolution",
    "links.connection.dilated_convolution_2d": "links.connection._convolution",
    "links.connection.embed_id": "links.connection._linear",
    "links.connection.gru": "links.rnn._gru",
    "links.connection.highway": "links.connection._blocks",
    "links.connection.inception": "links.connection._blocks",
    "links.connection.inceptionbn": "links.connection._blocks",
    "links.connection.linear": "links.connection._linear",
    "links.connection.local_convolution_2d": "links.connection._local",
    "links.connection.lstm": "links.rnn._lstm",
    "links.connection.mgu": "links.rnn._gru",
    "links.connection.mlp_convolution_2d": "links.connection._blocks",
    "links.connection.n_step_gru": "links.rnn._n_step",
    "links.connection.n_step_lstm": "links.rnn._n_step",
    "links.connection.n_step_rnn": "links.rnn._n_step",
    "links.connection.parameter": "links.connection._elementwise",
    "links.connection.peephole": "links.rnn._lstm",
    "links.connection.scale": "links.connection._elementwise",
    "links.connection.tree_lstm": "links.rnn._tree",
    "links.connection.zoneoutlstm": "links.rnn._lstm",
    "links.loss.black_out": "links.loss._sampling",
    "links.loss.crf1d": "links.loss._crf",
    "links.loss.hierarchical_softmax": "links.loss._hierarchical",
    "links.loss.negative_sampling": "links.loss._sampling",
    "links.model.classifier": "links.model._classifier",
    "links.normalization.batch_normalization": "links.normalization._batch",
    "links.normalization.batch_renormalization": "links.normalization._batch",
    "links.normalization.decorrelated_batch_normalization": "links.normalization._whitening",
    "links.normalization.group_normalization": "links.normalization._sample",
    "links.normalization.layer_normalization": "links.normalization._sample",
    "links.rnn.gru": "links.rnn._gru",
    "links.rnn.lstm": "links.rnn._lstm",
    "links.rnn.mgu": "links.rnn._gru",
    "links.rnn.n_step_gru": "links.rnn._n_step",
    "links.rnn.n_step_lstm": "links.rnn._n_step",
    "links.rnn.n_step_rnn": "links.rnn._n_step",
    "links.rnn.peephole": "links.rnn._lstm",
    "links.rnn.tree_lstm": "links.rnn._tree",
    "links.rnn.zoneoutlstm": "links.rnn._lstm",
    "links.theano.theano_function": "links.theano._theano",
    "optimizer_hooks.gradient_clipping": "optimizer_hooks._hooks",
    "optimizer_hooks.gradient_hard_clipping": "optimizer_hooks._hooks",
    "optimizer_hooks.gradient_lars": "optimizer_hooks._hooks",
    "optimizer_hooks.gradient_noise": "optimizer_hooks._hooks",
    "optimizer_hooks.lasso": "optimizer_hooks._hooks",
    "optimizer_hooks.weight_decay": "optimizer_hooks._hooks",
    "optimizers.ada_delta": "optimizers._adadelta",
    "optimizers.ada_grad": "optimizers._adagrad",
    "optimizers.adam": "optimizers._adam",
    "optimizers.corrected_momentum_sgd": "optimizers._sgd",
    "optimizers.momentum_sgd": "optimizers._sgd",
    "optimizers.msvag": "optimizers._msvag",
    "optimizers.nesterov_ag": "optimizers._sgd",
    "optimizers.rmsprop": "optimizers._rmsprop",
    "optimizers.rmsprop_graves": "optimizers._rmsprop",
    "optimizers.sgd": "optimizers._sgd",
    "optimizers.smorms3": "optimizers._rmsprop",
    "serializers.hdf5": "serializers._hdf5",
    "serializers.npz": "serializers._npz",
    "testing.distribution_test": "testing._distribution",
    "testing.unary_math_function_test": "testing._unary",
}

#: Files of Chainer that hold functions of other names than their own.
FUNCTION_FILES = {
    "activation.clipped_relu": ("clipped_relu", "relu6"),
    "array.broadcast": ("broadcast", "broadcast_to"),
    "connection.convolution_nd": ("convolution_1d", "convolution_3d", "convolution_nd"),
    "connection.deconvolution_nd": ("deconvolution_1d", "deconvolution_3d", "deconvolution_nd"),
    "connection.depthwise_convolution_2d": ("depthwise_convolution_2d",),
    "connection.dilated_convolution_2d": ("dilated_convolution_2d",),
    "evaluation.classification_summary": ("classification_summary", "f1_score", "precision", "recall"),
    "loss.crf1d": ("argmax_crf1d", "crf1d"),
    "loss.ctc": ("connectionist_temporal_classification",),
    "loss.discriminative_loss": ("discriminative_margin_based_clustering_loss",),
    "loss.squared_error": ("squared_difference", "squared_error"),
    "loss.vae": ("bernoulli_nll", "gaussian_kl_divergence", "gaussian_nll"),
    "math.average": ("average",),
    "math.basic_math": ("absolute", "add"),
    "math.bias": ("bias",),
    "math.det": ("batch_det", "det"),
    "math.exponential": ("exp", "log", "log10", "log2"),
    "math.exponential_m1": ("expm1",),
    "math.fft": ("fft", "ifft"),
    "math.hyperbolic": ("cosh", "sinh"),
    "math.inv": ("batch_inv", "inv"),
    "math.logarithm_1p": ("log1p",),
    "math.matmul": ("batch_matmul", "matmul"),
    "math.minmax": ("argmax", "argmin", "max", "min"),
    "math.scale": ("scale",),
    "math.sqrt": ("rsqrt", "sqrt"),
    "math.sum": ("sum", "sum_to"),
    "math.trigonometric": ("arccos", "arcsin", "arctan", "arctan2", "cos", "sin", "tan"),
    "normalization.batch_normalization": ("batch_normalization", "fixed_batch_normalization"),
    "normalization.batch_renormalization": ("batch_renormalization", "fixed_batch_renormalization"),
    "normalization.decorrelated_batch_normalization": ("decorrelated_batch_normalization", "fixed_decorrelated_batch_normalization"),
    "normalization.l2_normalization": ("normalize",),
    "pooling.average_pooling_nd": ("average_pooling_1d", "average_pooling_3d", "average_pooling_nd"),
    "pooling.max_pooling_nd": ("max_pooling_1d", "max_pooling_2d", "max_pooling_3d", "max_pooling_nd"),
    "pooling.pooling_nd_kernel": (),  # the kernels were CUDA's; code that imports the file goes on
    "pooling.unpooling_nd": ("unpooling_1d", "unpooling_3d", "unpooling_nd"),
    "rnn.n_step_gru": ("n_step_bigru", "n_step_gru"),
    "rnn.n_step_lstm": ("n_step_bilstm", "n_step_lstm"),
    "rnn.n_step_rnn": ("n_step_birnn", "n_step_rnn"),
}


def function_files():
    """The files of Chainer's functions, as ``"math.exponential"``."""
    from ..differentiable import node_classes

    return {*FUNCTION_FILES, *[file for file, _ in node_classes if file]}


def synthesise(path):
    """The module ``chainer.<path>``, or ``None`` if there is no such: a file of functions with their node classes."""
    from .. import functions
    from ..differentiable import node_classes

    package, _, file = path.partition(".")
    if package != "functions" or "." not in file:
        return None
    names = FUNCTION_FILES.get(file, (file.rpartition(".")[2],))
    found = {name: getattr(functions, name) for name in names if hasattr(functions, name)}
    found.update({name: cls for (where, name), cls in node_classes.items() if where == file})
    if not found and file not in FUNCTION_FILES:
        return None
    module = types.ModuleType(f"chainer.{path}", f"What chainer.{path} holds, from chainjax's families.")
    module.__dict__.update(found)
    return module

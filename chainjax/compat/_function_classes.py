"""Functions as classes, as older releases of Chainer had them beside the functions: ``F.ReLU()(x)``, ``F.Dropout(0.5)(x)``.

A class here is its function with some arguments given first. What graphs hold are still the nodes of the function; ``isinstance``
knows them.
"""

import inspect

from .. import backprop, functions
from ..differentiable import node_classes
from ..function import Function, no_backprop_mode
from ..function_node import FunctionNode
from ..variable import Variable, as_variable

#: The class, its function, and the arguments of its constructor: ``old>new`` where the function calls it otherwise, ``old>`` where it
#: has no such thing (cuDNN, what shapes say). A function with ``*`` takes its inputs as one sequence; one with ``_`` is below.
CLASSES = """
    AbsoluteError           absolute_error
    Accuracy                accuracy                    ignore_label
    Arccos                  arccos
    Arcsin                  arcsin
    Arctan                  arctan
    ArgMax                  argmax                      axis
    ArgMin                  argmin                      axis
    AveragePooling2D        average_pooling_2d          ksize stride pad cover_all> use_cudnn>
    AveragePoolingND        average_pooling_nd          ndim> ksize stride pad cover_all> use_cudnn>
    BatchDet                batch_det
    BatchInv                batch_inv
    BatchL2NormSquared      batch_l2_norm_squared
    BatchMatMul             batch_matmul                transa transb
    BinaryAccuracy          binary_accuracy
    Broadcast               broadcast
    BroadcastTo             broadcast_to                shape
    CReLU                   crelu                       axis
    Cast                    cast                        typ
    Ceil                    ceil
    ClassificationSummary   classification_summary      label_num beta ignore_label
    Clip                    clip                        x_min x_max
    ClippedReLU             clipped_relu                z
    Concat                  concat*                     axis
    ConnectionistTemporalClassification _ctc            blank_symbol reduce
    Contrastive             contrastive                 margin reduce
    Copy                    copy                        out_device>dst
    Cos                     cos
    Cosh                    cosh
    CrossCovariance         cross_covariance            reduce
    DeCov                   decov                       reduce
    Depth2Space             depth2space                 r
    Dropout                 dropout                     dropout_ratio>ratio
    ELU                     elu                         alpha
    Exp                     exp
    ExpandDims              expand_dims                 axis
    Expm1                   expm1
    Flatten                 flatten
    FlipLR                  fliplr
    FlipUD                  flipud
    Floor                   floor
    Fmod                    fmod
    Forget                  _forget                     func
    Gaussian                gaussian
    GetItem                 get_item                    slices
    HardSigmoid             hard_sigmoid
    Hinge                   hinge                       norm reduce
    HuberLoss               huber_loss                  delta reduce
    Identity                identity
    Im2Col                  im2col                      ksize stride pad cover_all dilate
    Inv                     inv
    LSTM                    lstm
    LeakyReLU               leaky_relu                  slope
    LinearInterpolate       linear_interpolate
    LocalResponseNormalization local_response_normalization n k alpha beta
    Log                     log
    Log10                   log10
    Log1p                   log1p
    Log2                    log2
    LogSoftmax              log_softmax                 use_cudnn>
    LogSumExp               logsumexp                   axis
    MatMul                  matmul                      transa transb
    Max                     max                         axis keepdims
    MaxPooling2D            max_pooling_2d              ksize stride pad cover_all use_cudnn>
    MaxPoolingND            max_pooling_nd              ndim> ksize stride pad cover_all use_cudnn>
    Maximum                 maximum
    MeanAbsoluteError       mean_absolute_error
    MeanSquaredError        mean_squared_error
    Min                     min                         axis keepdims
    Minimum                 minimum
    NStepBiGRU              _cudnn                      n_layers states train
    NStepBiLSTM             _cudnn                      n_layers states train
    NStepBiRNNReLU          _cudnn                      n_layers states train
    NStepBiRNNTanh          _cudnn                      n_layers states train
    NStepGRU                _cudnn                      n_layers states train
    NStepLSTM               _cudnn                      n_layers states train
    NStepRNNReLU            _cudnn                      n_layers states train
    NStepRNNTanh            _cudnn                      n_layers states train
    NormalizeL2             normalize                   eps axis
    Pad                     pad                         pad_width mode **keywords
    PadSequence             pad_sequence*               length padding
    Permutate               permutate                   axis inv
    ROIPooling2D            roi_pooling_2d              outh outw spatial_scale
    ReLU                    relu                        use_cudnn>
    Reshape                 reshape                     shape
    ResizeImages            resize_images               output_shape
    Rollaxis                rollaxis                    axis start
    SLSTM                   slstm
    SelectItem              select_item
    Sigmoid                 sigmoid                     use_cudnn>
    SigmoidCrossEntropy     sigmoid_cross_entropy       use_cudnn> normalize reduce
    SimplifiedDropconnect   simplified_dropconnect      ratio mask
    Sin                     sin
    Sinh                    sinh
    Softmax                 softmax                     use_cudnn> axis
    SoftmaxCrossEntropy     softmax_cross_entropy       use_cudnn> normalize cache_score class_weight ignore_label reduce
    Softplus                softplus                    beta
    Space2Depth             space2depth                 r
    SpatialPyramidPooling2D spatial_pyramid_pooling_2d  x_shape> pyramid_height pooling_class use_cudnn>
    SpatialTransformerGrid  spatial_transformer_grid    output_shape use_cudnn>
    SpatialTransformerSampler spatial_transformer_sampler use_cudnn>
    SplitAxis               split_axis                  indices_or_sections axis
    Sqrt                    sqrt
    Square                  square
    SquaredDifference       squared_difference
    SquaredError            squared_error
    Squeeze                 squeeze                     axis
    Sum                     sum                         axis keepdims
    Swapaxes                swapaxes                    axis1 axis2
    Tan                     tan
    Tanh                    tanh                        use_cudnn>
    Tile                    tile                        reps
    Transpose               transpose                   axes
    TransposeSequence       transpose_sequence*
    Triplet                 triplet                     margin reduce
    Unpooling2D             unpooling_2d                ksize stride pad outsize cover_all
    UnpoolingND             unpooling_nd                ndim> ksize stride pad outsize cover_all
    Upsampling2D            upsampling_2d               indexes ksize stride pad outsize cover_all
    Where                   where
    Zoneout                 zoneout                     zoneout_ratio>ratio
"""

#: The same for classes of nodes that were never among the functions.
NODES = """
    AsStrided                       as_strided                          shape strides storage_offset
    BatchNormalization              batch_normalization                 eps mean>running_mean var>running_var decay axis
    BatchRenormalizationFunction    batch_renormalization           eps mean>running_mean var>running_var decay rmax dmax update_statistics
    ConvolutionND                   convolution_nd                      ndim> stride pad cover_all dilate groups
    DeconvolutionND                 deconvolution_nd                    ndim> stride pad outsize dilate groups
    DecorrelatedBatchNormalization  decorrelated_batch_normalization    groups eps mean>running_mean projection>running_projection decay
    NegativeSamplingFunction        negative_sampling                   sampler sample_size reduce
    R2_score                        r2_score                            sample_weight multioutput
    ScatterAdd                      scatter_add                         slices
"""


def _ctc(input_length, label_length, t, *xs, **arguments):
    lengths = {"input_length": input_length, "label_length": label_length}
    return functions.connectionist_temporal_classification(list(xs), t, **lengths, **arguments)


def _forget(*xs, func):
    return functions.forget(func, *xs)


def _cudnn(*inputs, **_):
    raise NotImplementedError("the classes of recurrent networks work on cuDNN's packed weights; call the functions, as n_step_lstm")


def _create_pool_desc(self):
    raise NotImplementedError(f"{type(self).__name__}: its descriptor is cuDNN's, which is not here; the class itself works without")


def _get_output_shape(self, input_shape):
    return tuple(n * 2 if i == self.axis else n for i, n in enumerate(input_shape))


_POOLS = "AveragePooling2D AveragePoolingND MaxPooling2D MaxPoolingND SpatialPyramidPooling2D Unpooling2D UnpoolingND Upsampling2D"

#: What else programs found in a class.
MEMBERS = {
    **{name: {"create_pool_desc": _create_pool_desc} for name in _POOLS.split()},
    "BinaryAccuracy": {"ignore_label": -1},
    "CReLU": {"get_output_shape": _get_output_shape},
    "SigmoidCrossEntropy": {"ignore_label": -1},
}


class _Kind(type):
    def __instancecheck__(cls, thing):
        return super().__instancecheck__(thing) or (isinstance(thing, FunctionNode) and type(thing).__name__ == cls.__name__)


class OldFunction(Function, metaclass=_Kind):
    """A function with some of its arguments, to be called with its inputs. It has the arguments as attributes."""

    _function = _renamed = None
    _packed = False

    def __init__(self, *args, **kwargs):
        given = inspect.signature(type(self)).bind(*args, **kwargs).arguments
        given.update(given.pop("keywords", {}))
        self.__dict__.update(given)
        self._arguments = {self._renamed.get(name, name): value for name, value in given.items() if self._renamed.get(name, name)}

    @property
    def label(self):
        """What the nodes of the function are called in graphs."""
        name = type(self).__name__
        return next((cls._label for (_, node), cls in node_classes.items() if node == name), name)

    def __call__(self, *inputs):
        """The function at ``inputs``, a Variable or a tuple of them."""
        return type(self)._function(*((inputs,) if self._packed else inputs), **self._arguments)

    # The old classes had many names for these arguments: x, xs, inputs, gy, gys, grad_outputs.
    def forward(self, *args, **named):
        """Arrays to a tuple of arrays."""
        (inputs,) = *args, *named.values()
        with no_backprop_mode():
            return tuple([as_variable(y).array for y in _as_tuple(self(*inputs))])

    forward_cpu = forward_gpu = forward

    def backward(self, *args, **named):
        """The gradients of the inputs, as arrays, from inputs and gradients of outputs."""
        inputs, grad_outputs = *args, *named.values()
        xs = [Variable(x) for x in inputs]
        gys = [None if g is None else Variable(g) for g in grad_outputs]
        return tuple([None if g is None else g.array for g in backprop.grad(_as_tuple(self(*xs)), xs, gys)])

    backward_cpu = backward_gpu = backward


def _as_tuple(ys):
    return tuple(ys) if isinstance(ys, (tuple, list)) else (ys,)


def apply():
    """Give the classes to ``functions``, and let those nodes be made by their function whose own arguments are others than Chainer's."""
    old = _classes(CLASSES)
    for name, cls in old.items():
        setattr(functions, name, cls)
    old.update(_classes(NODES))
    for (_, name), cls in node_classes.items():
        if name in old and has_other_arguments(cls):
            cls._made_by = old[name]


def has_other_arguments(cls):
    """Whether a class of node takes arguments that neither the body of its function has, nor the node knows by itself (``ndim``)."""
    return cls._op.states or not set(cls._op.attrs) <= {*cls._op.names, *dir(cls)}


def _classes(table):
    found = {}
    for line in table.strip().splitlines():
        name, function, *arguments = line.split()
        called = globals()[function] if function[0] == "_" else getattr(functions, function.strip("*"), None)
        if called is not None:
            found[name] = _class(name, called, arguments, packed=function.endswith("*"))
    return found


def _class(name, function, arguments, packed):
    pairs = [argument.partition(">") for argument in arguments]
    keyword_only = {"**keywords": inspect.Parameter.VAR_KEYWORD}
    parameters = [
        inspect.Parameter(old.strip("*"), keyword_only.get(old, inspect.Parameter.POSITIONAL_OR_KEYWORD))
        if old in keyword_only
        else inspect.Parameter(old, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
        for old, _, _ in pairs
    ]
    renamed = {old: new for old, arrow, new in pairs if arrow}
    defaults = {name: p.default for name, p in inspect.signature(function).parameters.items() if p.default is not p.empty}
    members = {
        **{p.name: defaults[renamed.get(p.name, p.name)] for p in parameters if renamed.get(p.name, p.name) in defaults},
        **MEMBERS.get(name, {}),
        "__doc__": f"``{function.__name__.strip('_')}`` as a class of older releases: its arguments first, then called with the inputs.",
        "__module__": functions.__name__,
        "__signature__": inspect.Signature(parameters),
        "_function": staticmethod(function),
        "_renamed": renamed,
        "_packed": packed,
    }
    return _Kind(name, (OldFunction,), members)

"""The messages in files of Caffe, as classes of Protocol Buffers: ``NetParameter`` and what is in it, as far as it is used here.

Fields that are not listed are kept when a file is read and written, but have no names. Classes are made when they are first asked
for, so that this module can be imported without ``protobuf``.
"""

import functools

_REPEATED = {"repeated", "packed"}

#: Enumeration, in its message -> names of the numbers from 0 on.
_ENUMS = {
    "Phase": "TRAIN TEST",
    "EltwiseParameter.EltwiseOp": "PROD SUM MAX",
    "LRNParameter.NormRegion": "ACROSS_CHANNELS WITHIN_CHANNEL",
    "PoolingParameter.PoolMethod": "MAX AVE STOCHASTIC",
    "SigmoidParameter.Engine": "DEFAULT CAFFE CUDNN",
    "SoftmaxParameter.Engine": "DEFAULT CAFFE CUDNN",
    "V1LayerParameter.LayerType": (
        "NONE ACCURACY BNLL CONCAT CONVOLUTION DATA DROPOUT EUCLIDEAN_LOSS FLATTEN HDF5_DATA HDF5_OUTPUT IM2COL IMAGE_DATA INFOGAIN_LOSS "
        "INNER_PRODUCT LRN MULTINOMIAL_LOGISTIC_LOSS POOLING RELU SIGMOID SOFTMAX SOFTMAX_LOSS SPLIT TANH WINDOW_DATA ELTWISE POWER "
        "SIGMOID_CROSS_ENTROPY_LOSS HINGE_LOSS MEMORY_DATA ARGMAX THRESHOLD DUMMY_DATA SLICE MVN ABSVAL SILENCE CONTRASTIVE_LOSS EXP "
        "DECONVOLUTION"
    ),
}

#: Message -> field -> number, type, how often, default.
_MESSAGES = {
    "BlobShape": {"dim": "1 int64 packed"},
    "BlobProto": {
        "num": "1 int32 = 0",
        "channels": "2 int32 = 0",
        "height": "3 int32 = 0",
        "width": "4 int32 = 0",
        "data": "5 float packed",
        "shape": "7 BlobShape",
        "double_data": "8 double packed",
    },
    "BatchNormParameter": {"use_global_stats": "1 bool", "moving_average_fraction": "2 float = 0.999", "eps": "3 float = 1e-05"},
    "ConcatParameter": {"concat_dim": "1 uint32 = 1", "axis": "2 int32 = 1"},
    "ConvolutionParameter": {
        "num_output": "1 uint32",
        "bias_term": "2 bool = true",
        "pad": "3 uint32 repeated",
        "kernel_size": "4 uint32 repeated",
        "group": "5 uint32 = 1",
        "stride": "6 uint32 repeated",
        "pad_h": "9 uint32 = 0",
        "pad_w": "10 uint32 = 0",
        "kernel_h": "11 uint32",
        "kernel_w": "12 uint32",
        "stride_h": "13 uint32",
        "stride_w": "14 uint32",
        "dilation": "18 uint32 repeated",
    },
    "DropoutParameter": {"dropout_ratio": "1 float = 0.5"},
    "EltwiseParameter": {"operation": "1 EltwiseParameter.EltwiseOp = SUM", "coeff": "2 float repeated"},
    "InnerProductParameter": {"num_output": "1 uint32", "bias_term": "2 bool = true", "axis": "5 int32 = 1"},
    "LRNParameter": {
        "local_size": "1 uint32 = 5",
        "alpha": "2 float = 1",
        "beta": "3 float = 0.75",
        "norm_region": "4 LRNParameter.NormRegion = ACROSS_CHANNELS",
        "k": "5 float = 1",
    },
    "PoolingParameter": {
        "pool": "1 PoolingParameter.PoolMethod = MAX",
        "kernel_size": "2 uint32",
        "stride": "3 uint32 = 1",
        "pad": "4 uint32 = 0",
        "kernel_h": "5 uint32",
        "kernel_w": "6 uint32",
        "stride_h": "7 uint32",
        "stride_w": "8 uint32",
        "pad_h": "9 uint32 = 0",
        "pad_w": "10 uint32 = 0",
        "global_pooling": "12 bool = false",
    },
    "ReLUParameter": {"negative_slope": "1 float = 0"},
    "ReshapeParameter": {"shape": "1 BlobShape"},
    "ScaleParameter": {"axis": "1 int32 = 1", "bias_term": "4 bool = false"},
    "SigmoidParameter": {"engine": "1 SigmoidParameter.Engine = DEFAULT"},
    "SliceParameter": {"slice_dim": "1 uint32 = 1", "slice_point": "2 uint32 repeated", "axis": "3 int32 = 1"},
    "SoftmaxParameter": {"engine": "1 SoftmaxParameter.Engine = DEFAULT", "axis": "2 int32 = 1"},
    "LayerParameter": {
        "name": "1 string",
        "type": "2 string",
        "bottom": "3 string repeated",
        "top": "4 string repeated",
        "blobs": "7 BlobProto repeated",
        "phase": "10 Phase",
        "concat_param": "104 ConcatParameter",
        "convolution_param": "106 ConvolutionParameter",
        "dropout_param": "108 DropoutParameter",
        "eltwise_param": "110 EltwiseParameter",
        "inner_product_param": "117 InnerProductParameter",
        "lrn_param": "118 LRNParameter",
        "pooling_param": "121 PoolingParameter",
        "relu_param": "123 ReLUParameter",
        "sigmoid_param": "124 SigmoidParameter",
        "softmax_param": "125 SoftmaxParameter",
        "slice_param": "126 SliceParameter",
        "reshape_param": "133 ReshapeParameter",
        "batch_norm_param": "139 BatchNormParameter",
        "scale_param": "142 ScaleParameter",
    },
    # The layers of files from before 2015.
    "V1LayerParameter": {
        "bottom": "2 string repeated",
        "top": "3 string repeated",
        "name": "4 string",
        "type": "5 V1LayerParameter.LayerType",
        "blobs": "6 BlobProto repeated",
        "concat_param": "9 ConcatParameter",
        "convolution_param": "10 ConvolutionParameter",
        "dropout_param": "12 DropoutParameter",
        "inner_product_param": "17 InnerProductParameter",
        "lrn_param": "18 LRNParameter",
        "pooling_param": "19 PoolingParameter",
        "eltwise_param": "24 EltwiseParameter",
        "relu_param": "30 ReLUParameter",
        "slice_param": "31 SliceParameter",
        "sigmoid_param": "38 SigmoidParameter",
        "softmax_param": "39 SoftmaxParameter",
    },
    "NetParameter": {
        "name": "1 string",
        "layers": "2 V1LayerParameter repeated",
        "layer": "100 LayerParameter repeated",
    },
}


def __getattr__(name):
    if name in _MESSAGES or name in ("TRAIN", "TEST"):
        return classes()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@functools.cache
def classes(raw=False):
    """Message -> class, and the numbers of phases.

    ``raw``: the floats of a blob are a list of bytes. In a file both are the same, and lists of a hundred million Python floats are
    slow to make and need gigabytes.
    """
    try:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    except ModuleNotFoundError as exc:
        raise ImportError("protobuf is needed to read and write files of Caffe: pip install 'chainjax[caffe]'") from exc
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
    messages = {name: file.message_type.add(name=name) for name in _MESSAGES}
    for path, names in _ENUMS.items():
        message, _, name = path.rpartition(".")
        enum = messages[message].enum_type.add(name=name) if message else file.enum_type.add(name=name)
        for number, value in enumerate(names.split()):
            enum.value.add(name=value, number=number)
    for name, fields in _MESSAGES.items():
        for field, text in fields.items():
            if raw and (name, field) == ("BlobProto", "data"):
                text = "5 bytes repeated"
            _declare(messages[name].field.add(name=field), text)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"caffe.{name}")) for name in _MESSAGES}
    phases = pool.FindEnumTypeByName("caffe.Phase").values_by_name
    return {**found, **{name: value.number for name, value in phases.items()}}


def _declare(field, text):
    declared, _, default = text.partition(" = ")
    number, kind, *how = declared.split()
    field.number = int(number)
    field.label = field.LABEL_REPEATED if _REPEATED.intersection(how) else field.LABEL_OPTIONAL
    if kind in _MESSAGES or kind in _ENUMS:
        field.type = field.TYPE_MESSAGE if kind in _MESSAGES else field.TYPE_ENUM
        field.type_name = f".caffe.{kind}"
    else:
        field.type = getattr(field, f"TYPE_{kind.upper()}")
    if "packed" in how:
        field.options.packed = True
    if default:
        field.default_value = default

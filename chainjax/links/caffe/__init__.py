"""Networks of Caffe."""

from . import _messages as caffe_pb2  # where Chainer's package protobuf3 has it
from ._function import CaffeFunction as CaffeFunction

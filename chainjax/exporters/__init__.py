"""Networks in the files of other frameworks."""

from . import caffe as caffe

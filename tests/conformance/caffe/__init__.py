"""Files of Caffe, beside those that real Chainer writes."""

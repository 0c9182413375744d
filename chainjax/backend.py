"""Devices and arrays, under Chainer's names."""

from .backends._array import ndarray as ndarray
from .backends._device import CpuDevice as CpuDevice
from .backends._device import Device as Device
from .backends._device import JaxDevice as JaxDevice
from .backends._device import copyto as copyto
from .backends._device import get_array_module as get_array_module
from .backends._device import get_device as get_device
from .backends._device import get_device_from_array as get_device_from_array
from .backends._device import using_device as using_device
from .backends.chainerx import ChainerxDevice as ChainerxDevice
from .backends.chainerx import from_chx as from_chx
from .backends.chainerx import to_chx as to_chx
from .backends.cuda import GpuDevice as GpuDevice
from .backends.intel64 import Intel64Device as Intel64Device

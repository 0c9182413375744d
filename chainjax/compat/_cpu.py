"""``chainer.backends._cpu``: the CPU as a device, for code that reaches for it there."""

from ..backends._device import CpuDevice as CpuDevice
from ..backends.cuda import to_cpu as _to_cpu  # noqa: F401 - an import from elsewhere is what it is for

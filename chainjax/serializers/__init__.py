"""Files of models and training states: HDF5 and NPZ, as Chainer writes and reads them, and safetensors.

Saving replaces the file at the end or leaves the old one as it was. Loading a link or an optimizer is all or nothing, and
loading an NPZ file runs no code that is in it.
"""

from . import _hdf5 as hdf5
from . import _npz as npz
from ._hdf5 import HDF5Deserializer as HDF5Deserializer
from ._hdf5 import HDF5Serializer as HDF5Serializer
from ._hdf5 import load_hdf5 as load_hdf5
from ._hdf5 import save_hdf5 as save_hdf5
from ._npz import DictionarySerializer as DictionarySerializer
from ._npz import NpzDeserializer as NpzDeserializer
from ._npz import load_npz as load_npz
from ._npz import save_npz as save_npz
from ._safetensors import load_safetensors as load_safetensors
from ._safetensors import save_safetensors as save_safetensors

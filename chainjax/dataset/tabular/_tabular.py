"""Tables: datasets whose examples all have the same named parts, read by columns as well as by examples.

A dataset says how rows and columns are read, ``get_examples``; all else is views of it. A view changes one thing and hands on what
is asked for, so that only the rows and columns that somebody wants are ever read.
"""

import bisect
import itertools

from .._mixin import DatasetMixin, name_example
from ._indices import as_columns, as_rows, columns_of_columns, numbers_of, range_slice, rows_of_rows


class TabularDataset(DatasetMixin):
    """A table. Subclasses define ``__len__``, :attr:`keys`, :attr:`mode` and :meth:`get_examples`.

    >>> class Powers(chainjax.dataset.TabularDataset):
    ...     keys, mode = ("n", "square", "cube"), tuple
    ...     def __len__(self):
    ...         return 5
    ...     def get_examples(self, indices, key_indices):
    ...         table = np.arange(5)[slice(None) if indices is None else indices] ** np.array([[1], [2], [3]])
    ...         return tuple(table if key_indices is None else table[list(key_indices)])
    >>> powers = Powers()
    >>> powers.slice[[2, 4], ("n", "cube")].fetch()
    (array([2, 4]), array([ 8, 64]))
    >>> {name: int(value) for name, value in powers.asdict()[3].items()}
    {'n': 3, 'square': 9, 'cube': 27}
    """

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__} must say how many rows it has")

    @property
    def keys(self):
        """The names of the columns, a tuple of strings."""
        raise NotImplementedError(f"{type(self).__name__} must name its columns")

    @property
    def mode(self):
        """What an example is: ``tuple``, ``dict``, or ``None`` where it is the value of the only column."""
        raise NotImplementedError(f"{type(self).__name__} must say whether its examples are tuples, dictionaries or values")

    def get_examples(self, indices, key_indices):
        """A tuple of columns, each a list or an array.

        Args:
            indices: which rows: a list of integers, a slice, or ``None`` for all.
            key_indices: which columns: a tuple of integers, or ``None`` for all.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how its rows and columns are read")

    def get_example(self, i):
        """Row ``i``, as :attr:`mode` says.

        Args:
            i: its number.
        """
        return self._shaped([column[0] for column in self.get_examples([i], None)])

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def fetch(self):
        """All columns: a tuple or a dictionary of them, or the only one, as :attr:`mode` says."""
        return self._shaped(self.get_examples(None, None))

    def _shaped(self, values):
        mode = self.mode  # asked after the values were made: a transformed dataset knows it only then
        if mode is None:
            return values[0]
        return tuple(values) if mode is tuple else dict(zip(self.keys, values, strict=True))

    def convert(self, data):
        """Make arrays of what :meth:`fetch` gave. :meth:`with_converter` puts something else in its place.

        Args:
            data: a column, or a tuple or a dictionary of columns. Columns that are arrays stay what they are.
        """
        if isinstance(data, tuple):
            return tuple([_as_array(column) for column in data])
        if isinstance(data, dict):
            return {key: _as_array(column) for key, column in data.items()}
        return _as_array(data)

    @property
    def slice(self):
        """A view of some rows and columns: ``dataset.slice[rows]`` or ``dataset.slice[rows, columns]``.

        Rows are a slice, integers, or a boolean for each. Columns are a tuple of names or positions; with a single one, not in a
        tuple, examples are its values.
        """
        return _Slicer(self)

    def astuple(self):
        """A view whose examples are tuples."""
        return _As(self, tuple)

    def asdict(self):
        """A view whose examples are dictionaries."""
        return _As(self, dict)

    def concat(self, *datasets):
        """This dataset and others with the same columns, one below the other. This one says how to convert.

        Args:
            datasets: the others.

        Raises:
            ValueError: columns of other names, or in another order.
        """
        return _Concatenated(self, *datasets)

    def join(self, *datasets):
        """This dataset and others with as many rows, side by side. This one says how to convert.

        Args:
            datasets: the others.

        Raises:
            ValueError: other numbers of rows, or two columns of one name.
        """
        return _Joined(self, *datasets)

    def transform(self, keys, transform):
        """Examples made from these, one by one.

        Args:
            keys: names of the new columns: a tuple, or the name of the only one.
            transform: function of the values of a row (by name where :attr:`mode` is ``dict``) that gives a tuple, a dictionary
                or a value, always the same kind: it decides :attr:`mode`.
        """
        return _Transformed(self, keys, transform)

    def transform_batch(self, keys, transform_batch):
        """Columns made from these.

        Args:
            keys: names of the new columns: a tuple, or the name of the only one.
            transform_batch: as for :meth:`transform`, with columns in place of values. They keep their lengths.
        """
        return _TransformedColumns(self, keys, transform_batch)

    def with_converter(self, converter):
        """The same with another :meth:`convert`.

        Args:
            converter: function of the columns (by name where they come in a dictionary).
        """
        return _Converted(self, converter)


def _as_array(column):
    # Imported here, so that the processes of MultiprocessIterator read tables without JAX.
    from ...backends._device import get_device_from_array, using_device
    from ...variable import get_array_types

    if isinstance(column, get_array_types()):
        return column
    device = get_device_from_array(*column[:1])
    with using_device(device):
        return device.xp.asarray(column)


class DelegateDataset(TabularDataset):
    """A table that reads from another one: a base for datasets of your own, which build that one in their ``__init__``.

    Args:
        dataset: the other one, a :class:`~chainjax.dataset.TabularDataset`.

    >>> class Squares(chainjax.dataset.tabular.DelegateDataset):
    ...     def __init__(self):
    ...         super().__init__(chainjax.dataset.tabular.from_data((("n", [1, 2, 3]), ("square", lambda i: (i + 1) ** 2))))
    >>> Squares()[2]
    (3, 9)
    """

    def __init__(self, dataset):
        self.dataset = dataset

    def __len__(self):
        """How many rows there are."""
        return len(self.dataset)

    @property
    def keys(self):
        return self.dataset.keys

    @property
    def mode(self):
        return self.dataset.mode

    def get_examples(self, indices, key_indices):
        return self.dataset.get_examples(indices, key_indices)


class _View(DelegateDataset):
    """A table that is another one but for what a subclass changes."""

    def convert(self, data):
        return self.dataset.convert(data)


class _As(_View):
    """Examples of another kind."""

    mode = None

    def __init__(self, dataset, mode):
        super().__init__(dataset)
        self.mode = mode


class _Converted(_View):
    def __init__(self, dataset, converter):
        super().__init__(dataset)
        self._converter = converter

    def convert(self, data):
        return _apply(self._converter, data)


def _apply(function, values):
    """Call a function with the values of a tuple, with those of a dictionary by name, or with a value."""
    if isinstance(values, dict):
        return function(**values)
    return function(*values) if isinstance(values, tuple) else function(values)


class _Slicer:
    """What ``dataset.slice`` is."""

    def __init__(self, dataset):
        self._dataset = dataset

    def __getitem__(self, chosen):
        return _Slice(self._dataset, *(chosen if isinstance(chosen, tuple) else (chosen, None)))


class _Slice(_View):
    """Some rows and columns."""

    def __init__(self, dataset, rows, columns):
        super().__init__(dataset)
        self._is_single = columns is not None and not isinstance(columns, tuple)
        self._rows = as_rows(rows, len(dataset))
        self._columns = as_columns((columns,) if self._is_single else columns, dataset.keys)

    def __len__(self):
        return len(numbers_of(self._rows, len(self.dataset)))

    @property
    def keys(self):
        keys = self.dataset.keys
        return keys if self._columns is None else tuple([keys[i] for i in self._columns])

    @property
    def mode(self):
        if self._is_single:
            return None
        return self.dataset.mode if self._columns is None else self.dataset.mode or tuple

    def get_examples(self, indices, key_indices):
        rows = rows_of_rows(self._rows, indices, len(self.dataset))
        return self.dataset.get_examples(rows, columns_of_columns(self._columns, key_indices))


class _Joined(_View):
    """Several tables side by side."""

    def __init__(self, *datasets):
        super().__init__(datasets[0])
        self._datasets = datasets
        for dataset in datasets:
            if len(dataset) != len(self):
                raise ValueError(f"join: expected {len(self)} rows in all datasets, got {len(dataset)} in that of {dataset.keys}")
        if len(set(self.keys)) != len(self.keys):
            raise ValueError(f"join: expected columns of different names, got {self.keys}")

    @property
    def keys(self):
        return tuple([key for dataset in self._datasets for key in dataset.keys])

    @property
    def mode(self):
        return next((dataset.mode for dataset in self._datasets if dataset.mode is not None), tuple)

    def get_examples(self, indices, key_indices):
        if key_indices is None:
            return tuple([column for dataset in self._datasets for column in dataset.get_examples(indices, None)])
        columns, offset = {}, 0
        for dataset in self._datasets:
            end = offset + len(dataset.keys)
            wanted = list(dict.fromkeys(i for i in key_indices if offset <= i < end))  # each once
            if wanted:
                columns.update(zip(wanted, dataset.get_examples(indices, tuple([i - offset for i in wanted])), strict=True))
            offset = end
        return tuple([columns[i] for i in key_indices])


class _Concatenated(_View):
    """Several tables one below the other."""

    def __init__(self, *datasets):
        super().__init__(datasets[0])
        self._datasets = datasets
        for dataset in datasets:
            if dataset.keys != self.keys:
                raise ValueError(f"concat: expected columns {self.keys} in all datasets, got {dataset.keys}")

    def __len__(self):
        return sum(map(len, self._datasets))

    def get_examples(self, indices, key_indices):
        rows, places = self._rows_of_each(indices)
        parts = {k: self._datasets[k].get_examples(of, key_indices) for k, of in rows.items()}
        if len(parts) == 1:
            return next(iter(parts.values()))  # arrays stay arrays
        columns = range(len(self.keys if key_indices is None else key_indices))
        if places is None:
            return tuple([list(itertools.chain.from_iterable(part[c] for part in parts.values())) for c in columns])
        return tuple([[parts[k][c][i] for k, i in places] for c in columns])

    def _rows_of_each(self, indices):
        """Which rows of which dataset, and in which order they come: ``None``, or of each row the dataset and its place there."""
        begins = [0, *itertools.accumulate(map(len, self._datasets))]
        if indices is None:
            return dict.fromkeys(range(len(self._datasets))), None
        if isinstance(indices, slice):
            chosen = range(begins[-1])[indices]
            parts = [(k, _within(chosen, begins[k], begins[k + 1])) for k in range(len(self._datasets))]
            return {k: range_slice(part) for k, part in parts[:: 1 if chosen.step > 0 else -1] if part}, None
        rows, places = {}, []
        for i in indices:
            i = range(begins[-1])[i]
            k = bisect.bisect(begins, i) - 1
            places.append((k, len(rows.setdefault(k, []))))
            rows[k].append(i - begins[k])
        return rows, places


def _within(chosen, begin, end):
    """Those of a range that lie between two bounds, counted from the first bound."""
    start, stop, step = chosen.start - begin, chosen.stop - begin, chosen.step
    last = end - begin - 1
    if step > 0:
        return range(start if start >= 0 else start % step, min(stop, last + 1), step)
    return range(start if start <= last else last - (last - start) % -step, max(stop, -1), step)


_UNKNOWN = object()


class _Transformed(_View):
    """Rows that a function makes of rows."""

    _mode = _UNKNOWN

    def __init__(self, dataset, keys, function):
        super().__init__(dataset)
        self._keys = keys if isinstance(keys, tuple) else (keys,)
        self._function = function

    @property
    def keys(self):
        return self._keys

    @property
    def mode(self):
        if self._mode is _UNKNOWN:
            self.get_examples([0], None)
        return self._mode

    def get_examples(self, indices, key_indices):
        wanted = range(len(self._keys)) if key_indices is None else key_indices
        rows = zip(*self.dataset.get_examples(indices, None), strict=True)
        columns = tuple([[] for _ in wanted])
        for i, row in zip(numbers_of(indices, len(self)), rows, strict=True):
            try:
                made = self._made(row)
            except Exception as exc:
                name_example(exc, self, i)
                raise
            for column, k in zip(columns, wanted, strict=True):
                column.append(made[k])
        return columns

    def _made(self, values):
        """What the function makes, in the order of the new columns."""
        made = _apply(self._function, dict(zip(self.dataset.keys, values, strict=True)) if self.dataset.mode is dict else tuple(values))
        mode = next((kind for kind in (tuple, dict) if isinstance(made, kind)), None)
        if self._mode is _UNKNOWN:
            self._mode = mode
        elif self._mode is not mode:
            raise ValueError(f"transform: expected {_kind(self._mode)} for {self._keys} as before, got {_kind(mode)}")
        return (made,) if mode is None else [made[key] for key in self._keys] if mode is dict else made


def _kind(mode):
    return "a value" if mode is None else f"a {mode.__name__}"


class _TransformedColumns(_Transformed):
    """Columns that a function makes of columns."""

    def get_examples(self, indices, key_indices):
        length = len(numbers_of(indices, len(self)))
        made = self._made(self.dataset.get_examples(indices, None))
        for key, column in zip(self._keys, made, strict=False):
            if len(column) != length:
                raise ValueError(f"transform_batch: expected {length} values in column {key!r}, as it was given, got {len(column)}")
        return tuple(made if key_indices is None else [made[k] for k in key_indices])

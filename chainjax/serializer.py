"""What saving and loading have in common: an object shows its values to a serializer, which saves them or gives others."""


class AbstractSerializer:
    """``serializer(key, value)`` saves or loads a value, ``serializer[key]`` is the serializer of a part."""

    # Whether parameters and cells may be given as values themselves, so that no host array has to be handed out for them.
    _takes_cells = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "__call__" in cls.__dict__ and "_takes_cells" not in cls.__dict__:
            cls._takes_cells = False  # what a user's method looks at are arrays

    def __getitem__(self, key):
        """The serializer of a part."""
        raise NotImplementedError

    def __call__(self, key, value):
        """Save ``value`` and give it back, or give what was saved (arrays are overwritten in place)."""
        raise NotImplementedError

    def _remember(self, obj):
        """Told of an object before it is loaded; for those who can take a load back."""


class Serializer(AbstractSerializer):
    """Saves."""

    def save(self, obj):
        """Save an object that has ``serialize``."""
        obj.serialize(self)


class Deserializer(AbstractSerializer):
    """Loads."""

    def load(self, obj):
        """Load into an object that has ``serialize``."""
        obj.serialize(self)


def takes_cells(serializer):
    """Whether a serializer, which may be any function, is one of chainjax's own that reads and writes cells itself."""
    return getattr(type(serializer), "_takes_cells", False)

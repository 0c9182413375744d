"""What saving and loading have in common: an object shows its values to a serializer, which saves them or gives others."""


class AbstractSerializer:
    """``serializer(key, value)`` saves or loads a value, ``serializer[key]`` is the serializer of a part."""

    def __getitem__(self, key):
        """The serializer of a part."""
        raise NotImplementedError

    def __call__(self, key, value):
        """Save ``value`` and give it back, or give what was saved (arrays are overwritten in place)."""
        raise NotImplementedError


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

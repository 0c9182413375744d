"""A dictionary that forgets what was not used lately, once it holds too many things or too many bytes."""


class Bounded:
    """Two generations: what is found is young again; when the young fill half of the room, the old ones go.

    A lookup that succeeds costs one plain dictionary access (``young.get`` may be called directly), which an exact
    least-recently-used order would not.
    """

    def __init__(self, most=1 << 60, most_bytes=1 << 60):
        self.most, self.most_bytes = most, most_bytes
        self.clear()

    def __len__(self):
        return len(self.young) + len(self._old)

    def clear(self):
        self.young, self._old, self._sizes, self._young_bytes = {}, {}, {}, 0

    @property
    def bytes(self):
        return sum(self._sizes.values())

    def get(self, key):
        found = self.young.get(key)
        if found is None and key in self._old:
            found = self._old.pop(key)
            self.put(key, found, self._sizes.pop(key, 0))
        return found

    def put(self, key, thing, nbytes=0):
        if key in self.young:
            self._young_bytes -= self._sizes.get(key, 0)
        self._old.pop(key, None)
        if 2 * len(self.young) >= self.most or (nbytes and 2 * (self._young_bytes + nbytes) > self.most_bytes):
            for gone in self._old:
                self._sizes.pop(gone, None)
            self._old, self.young, self._young_bytes = self.young, {}, 0
        self.young[key] = thing
        self._young_bytes += nbytes
        if nbytes:
            self._sizes[key] = nbytes

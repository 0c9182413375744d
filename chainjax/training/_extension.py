"""What a trainer calls after its updates."""

from ..utils.argument import parse_kwargs

#: Extensions of higher priority are called first. Those that put values into the observation, ...
PRIORITY_WRITER = 300
#: ... those that change it, ...
PRIORITY_EDITOR = 200
#: ... and those that read it, or have nothing to do with it.
PRIORITY_READER = 100

_GONE = "invoke_before_training is no more since Chainer 2: define initialize, or pass call_before_training=True to Trainer.extend"


class Extension:
    """Base of what a :class:`Trainer` calls after updates. Any function of the trainer is an extension, too.

    Attributes:
        trigger: when it is called, unless ``Trainer.extend`` is told otherwise.
        priority: which are called first: those of higher priority.
        name: what the trainer knows it by; set by ``Trainer.extend``.

    >>> class Hello(chainjax.training.Extension):
    ...     trigger = 1, "epoch"
    ...     def __call__(self, trainer):
    ...         print("epoch", trainer.updater.epoch)
    >>> Hello().default_name
    'Hello'
    """

    trigger = 1, "iteration"
    priority = PRIORITY_READER
    name = None

    @property
    def default_name(self):
        """Its name unless ``Trainer.extend`` is given another: that of its class."""
        return type(self).__name__

    def __call__(self, trainer):
        """Do what this extension is for; called when its trigger says so.

        Args:
            trainer: the :class:`Trainer`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, trainer)")

    def __getattr__(self, name):
        raise AttributeError(_GONE if name == "invoke_before_training" else f"{type(self).__name__} object has no attribute {name}")

    def initialize(self, trainer):
        """Called before the loop: set up, or set up again after a snapshot has been loaded, what the extension changes elsewhere.

        Args:
            trainer: the :class:`Trainer`.
        """

    def on_error(self, trainer, exc, tb):
        """Called when the loop ends by an exception, before ``finalize``.

        Args:
            trainer: the :class:`Trainer`.
            exc: the exception.
            tb: its traceback.
        """

    def finalize(self):
        """Called when the loop ends, however it ends."""

    def serialize(self, serializer):
        """Save or load the state, nothing by default.

        Args:
            serializer: what saves or loads.
        """


def make_extension(trigger=None, default_name=None, priority=None, finalizer=None, initializer=None, on_error=None, **kwargs):
    """Decorator: a function of the trainer gets the attributes of an extension.

    Args:
        trigger: when it is called; default after every iteration.
        default_name: its name; default the function's.
        priority: which are called first; default ``PRIORITY_READER``.
        finalizer: called, without arguments, when the loop ends.
        initializer: called with the trainer before the loop.
        on_error: called with the trainer, the exception and its traceback when the loop ends by an exception.
        kwargs: none; code for Chainer 1 is told what has changed.

    >>> @chainjax.training.make_extension(trigger=(1, "epoch"))
    ... def hello(trainer):
    ...     print("epoch", trainer.updater.epoch)
    >>> hello.trigger, hello.default_name
    ((1, 'epoch'), 'hello')
    """
    parse_kwargs(kwargs, invoke_before_training=_GONE)

    def decorate(function):
        function.trigger = Extension.trigger if trigger is None else trigger
        function.default_name = default_name or function.__name__
        function.priority = Extension.priority if priority is None else priority
        function.finalize, function.initialize, function.on_error = finalizer, initializer, on_error
        return function

    return decorate

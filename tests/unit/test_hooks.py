"""The hooks that measure and print."""

import io
import re
import time

import numpy as np
import pytest

import chainjax
from chainjax import function_hooks, link_hooks
from chainjax import functions as F


class Slow(chainjax.FunctionNode):
    def forward(self, inputs):
        time.sleep(0.02)
        return (inputs[0] + 1,)

    def backward(self, indexes, grad_outputs):
        time.sleep(0.02)
        return grad_outputs


def slow(x):
    return Slow().apply((x,))[0]


def variable():
    return chainjax.Variable(np.float32([1, 2]))


def test_timer_of_functions():
    x = variable()
    hook = function_hooks.TimerHook()
    with hook:
        y = slow(F.exp(slow(x)))
        y.grad = np.ones(2, np.float32)
        y.backward()
    summary = hook.summary()
    assert summary["Slow"]["occurrence"] == 4
    assert summary["Slow"]["elapsed_time"] >= 0.08
    assert summary["Exp"]["occurrence"] == 2
    assert 0.08 <= hook.total_time() <= sum(t for _, t in hook.call_history)
    assert all(isinstance(t, float) for _, t in hook.call_history)
    slow(x)
    assert hook.summary() == summary  # it ended with the block


def test_timer_counts_calls_inside_of_others_once():
    hook = function_hooks.TimerHook()
    outer, inner = Slow(), F.exp.op.node_class()
    hook.backward_preprocess(outer, (), ())
    hook.forward_preprocess(inner, ())
    time.sleep(0.01)
    hook.forward_postprocess(inner, ())
    hook.backward_postprocess(outer, (), ())
    (first, t_inner), (second, t_outer) = hook.call_history
    assert (first, second) == ("Exp", "Slow")
    assert hook.total_time() == t_outer >= t_inner >= 0.01


@pytest.mark.parametrize(("unit", "shown"), [("sec", "1.50sec"), ("ms", "1500.00ms"), ("auto", "1.50sec"), ("auto_foreach", "1.50sec")])
def test_timer_report(unit, shown):
    hook = function_hooks.TimerHook()
    hook.call_history = [("Exp", 1.0), ("Log", 2e-5), ("Exp", 0.5)]
    out = io.StringIO()
    hook.print_report(unit, out)
    head, exp, log = out.getvalue().splitlines()
    assert head.split() == ["FunctionName", "ElapsedTime", "Occurrence"]
    assert exp.split() == ["Exp", shown, "2"]
    assert log.split()[1] == {"sec": "0.00sec", "ms": "0.02ms", "auto": "0.00sec", "auto_foreach": "20.00us"}[unit]
    assert len(head) == len(exp) == len(log)


def test_an_empty_report_is_a_heading():
    out = io.StringIO()
    function_hooks.TimerHook().print_report(file=out)
    assert out.getvalue().split() == ["FunctionName", "ElapsedTime", "Occurrence"]


class Outer(chainjax.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.inner = Inner()

    def forward(self, x):
        return {"y": self.inner(slow(x))}


class Inner(chainjax.Link):
    def forward(self, x):
        return F.exp(slow(x))


def test_timer_of_links():
    hook = link_hooks.TimerHook()
    with hook:
        Outer()(variable())
    (first, t_inner), (second, t_outer) = hook.call_history
    assert (first, second) == ("Inner", "Outer")
    assert t_inner >= 0.02
    assert t_outer >= t_inner + 0.02
    assert hook.total_time() == t_outer
    out = io.StringIO()
    hook.print_report(file=out)
    assert out.getvalue().split()[:3] == ["LinkName", "ElapsedTime", "Occurrence"]


def test_timer_of_links_waits_for_the_work(monkeypatch):
    """What a link computes, given back or kept, is computed within its call, so that it counts."""
    from chainjax.link_hooks import _timer

    waited = []
    monkeypatch.setattr(_timer.jax, "block_until_ready", waited.extend)
    link = Outer()
    with link_hooks.TimerHook():
        y = link(variable())["y"]
    assert waited[-1] is y.jax
    link.forward = lambda x: setattr(link, "kept", F.exp(x))
    with link_hooks.TimerHook():
        link(variable())
    assert link.kept._contents.array is not None


def test_print_hook():
    out = io.StringIO()
    x = variable()
    with function_hooks.PrintHook(file=out):
        y = slow(x)
        y.grad = np.float32([3, 5])
        y.backward()
    forward, backward = out.getvalue().split("function\tSlow\n")[1:]
    assert re.match(r"input data\n<variable at 0x\w+>\n", forward)
    assert "shape: (2,)" in forward
    assert "gradient" not in forward
    assert "(removed)\noutput gradient\n" in backward
    assert "grad: mean=4.00000000, std=1.00000000" in backward
    with pytest.warns(DeprecationWarning, match="sep"):
        function_hooks.PrintHook(sep="\n")


@pytest.mark.skipif(chainjax.cuda.available, reason="there is a GPU")
@pytest.mark.parametrize("hook", [function_hooks.CUDAProfileHook, function_hooks.CupyMemoryProfileHook])
def test_hooks_of_gpus_say_that_there_is_none(hook):
    with pytest.raises(RuntimeError, match="no GPU"):
        hook()


def test_marks_in_a_profile_are_closed_in_turn(monkeypatch):
    from chainjax.function_hooks import _cuda

    marks = []

    class Mark:
        def __init__(self, name):
            self.name = name

        def __enter__(self):
            marks.append(f"+{self.name}")

        def __exit__(self, *exc):
            marks.append(f"-{self.name}")

    monkeypatch.setattr(_cuda.cuda, "check_cuda_available", lambda: None)
    monkeypatch.setattr(_cuda.jax.profiler, "TraceAnnotation", Mark)
    with function_hooks.CUDAProfileHook():
        y = slow(variable())
        y.grad = np.ones(2, np.float32)
        y.backward()
    assert marks == ["+Slow.forward", "-Slow.forward", "+Slow.backward", "-Slow.backward"]


def test_memory_of_functions_is_counted_from_what_xla_says(monkeypatch):
    from chainjax.function_hooks import _cuda

    memory = iter([(0, 0), (100, 0), (100, 4096), (4000, 8192), (4000, 8192), (3000, 8192)])  # before and after each call

    class Device:
        def memory_stats(self):
            return dict(zip(("bytes_in_use", "pool_bytes"), next(memory), strict=True))

    monkeypatch.setattr(_cuda.cuda, "check_cuda_available", lambda: None)
    monkeypatch.setattr(_cuda.jax, "devices", lambda platform: [Device()])
    with function_hooks.CupyMemoryProfileHook() as hook:
        F.exp(slow(slow(variable())))
    assert hook.call_history == [("Slow", 100, 0, 0), ("Slow", 3900, 4096, 0), ("Exp", 0, 0, 0)]
    assert (hook.total_used_bytes(), hook.total_acquired_bytes()) == (4000, 4096)
    assert hook.summary()["Slow"] == {"used_bytes": 4000, "acquired_bytes": 4096, "occurrence": 2}
    for unit, sizes in (("auto", ["3.91KB", "4.00KB"]), ("B", ["4000.00B", "4096.00B"]), ("auto_foreach", ["3.91KB", "4.00KB"])):
        out = io.StringIO()
        hook.print_report(unit, out)
        header, *rows = [line.split() for line in out.getvalue().splitlines()]
        assert header == ["FunctionName", "UsedBytes", "AcquiredBytes", "Occurrence"]
        assert rows[0] == ["Slow", *sizes, "2"]
    assert rows[1] == ["Exp", "0.00B", "0.00B", "1"]


class Arrays(chainjax.FunctionHook):
    """Which inputs the functions of a backward pass can show."""

    name = "Arrays"

    def __init__(self):
        self.seen = {}

    def backward_preprocess(self, function, in_data, out_grad):
        self.seen[function.label] = [x is not None for x in in_data]


def test_hooks_of_backward_see_inputs_that_their_producer_retains():
    x = variable()
    with Arrays() as hook:
        F.sum(F.relu(x * 2 + 1) - x).backward()
    # The backward pass of relu reads its output, the first input of the difference; the others read nothing.
    assert hook.seen == {"Sum": [False], "_ - _": [True, False], "ReLU": [False], "_ + 1": [False], "_ * 2": [False]}


class Seen(chainjax.FunctionHook):
    """What functions are shown on the way back, by label; ``forward`` are the labels on the way there."""

    name = "Seen"

    def __init__(self):
        self.found, self.forward = {}, []

    def forward_preprocess(self, function, arrays):
        self.forward.append(function.label)

    def backward_preprocess(self, function, arrays, grads):
        self.found[function.label] = arrays[0]


@pytest.mark.parametrize("kept", [True, False])
def test_hooks_that_come_for_backward_alone_see_them_too(kept):
    x = variable()
    h = F.tanh(x)
    y = F.sum(F.dropout(F.reshape(h, (2, 1)), 0.0))
    held = h if kept else None
    del h
    with Seen() as hook:
        y.backward()
    np.testing.assert_array_equal(hook.found["Reshape"], np.tanh(x.array))
    assert hook.found["Tanh"] is None
    np.testing.assert_allclose(x.grad, 1 - np.tanh(x.array) ** 2, 1e-6)
    assert held is None or hook.found["Reshape"] is held.array


def test_an_output_that_no_backward_pass_will_read_is_gone():
    x = chainjax.Variable(np.float32([1, 2]), requires_grad=False)
    held, gone = F.tanh(x), F.tanh(x).node
    assert held.node.data is held.array
    assert gone.data is None


def test_what_a_hook_writes_into_an_output_that_backward_reads_counts():
    class Zero(chainjax.FunctionHook):
        name = "Zero"

        def backward_preprocess(self, function, arrays, grads):
            if function.label == "Reshape":
                arrays[0][...] = 0

    x = variable()
    y = F.sum(F.reshape(F.tanh(x), (2, 1)))
    with Zero():
        y.backward()
    np.testing.assert_array_equal(x.grad, [1, 1])


def test_gradients_are_called_as_what_they_are_of():
    x = variable()
    y = F.sum((x + 1) ** 2)
    with Seen() as hook:
        chainjax.grad([y], [x], enable_double_backprop=True)
    assert "_ ** 2Grad" in hook.forward


def test_hooks_see_running_statistics_as_arrays():
    seen = []

    class Hook(chainjax.FunctionHook):
        def forward_preprocess(self, function, in_data):
            seen.extend(in_data)

    link = chainjax.links.BatchNormalization(2)
    with Hook(), chainjax.using_config("train", False):
        link(np.ones((3, 2), np.float32))
    assert [a.shape for a in seen] == [(3, 2), (2,), (2,), (2,), (2,)]
    assert all(isinstance(a, np.ndarray) for a in seen)

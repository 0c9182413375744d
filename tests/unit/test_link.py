"""Links and chains: what they register, find, and refuse."""

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax import Chain, ChainList, Link, Parameter


class Two(Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.b = L.Linear(2, 3)
            self.a = L.Linear(3, 1, nobias=True)
            self.w = Parameter(0, (1,))
        self.outside = Parameter(0, (1,))

    def forward(self, x):
        return self.a(self.b(x)) + self.w


def test_only_what_is_assigned_in_the_scope_is_registered():
    assert [name for name, _ in Two().namedparams()] == ["/w", "/a/W", "/b/W", "/b/b"]
    assert [path for path, _ in Two().namedlinks()] == ["/", "/a", "/b"]
    assert Two().count_params() == 1 + 3 + 6 + 3


def test_forgetting_to_initialise_is_told():
    class Forgot(Link):
        def __init__(self):
            pass

        def forward(self):
            return None

    with pytest.raises(RuntimeError, match=r"Link.__init__\(\) has not been called"):
        Forgot()()


def test_a_name_is_taken_once():
    chain = Two()
    with pytest.raises(AttributeError, match="attribute exists"), chain.init_scope():
        chain.a = L.Linear(1, 1)
    with pytest.raises(AttributeError, match="attribute exists"):
        chain.add_link("a", L.Linear(1, 1))
    with pytest.raises(TypeError, match="non-link"):
        chain.add_link("c", 3)


def test_deleting_unregisters():
    chain = Two()
    del chain.a
    assert [name for name, _ in chain.namedlinks()] == ["/", "/b"]


def test_shared_copies_follow_and_others_do_not():
    chain = Two()
    shared, own = chain.copy("share"), chain.copy("copy")
    chain.w.array[...] = 5
    assert shared.w.array == 5
    assert own.w.array == 0


def test_copied_and_added():
    chain, other = Two(), Two()
    chain.copyparams(other)
    np.testing.assert_array_equal(chain.a.W.array, other.a.W.array)
    for link in (chain, other):
        link.cleargrads()
        y = link(np.ones((1, 2), "f"))
        y.grad = np.ones_like(y.array)
        y.backward()
    once = chain.a.W.grad.copy()
    chain.addgrads(other)
    np.testing.assert_array_equal(chain.a.W.grad, 2 * once)


def test_a_list_is_a_list():
    links = ChainList(L.Linear(1, 1), L.Linear(1, 2))
    links.append(L.Linear(1, 3))
    assert [len(link.W.array) for link in links] == [1, 2, 3]
    assert [link.name for link in links] == ["0", "1", "2"]
    del links[0]
    assert [link.name for link in links] == ["0", "1"]
    assert len(links[1].W.array) == 3
    with pytest.raises(TypeError, match="no named children"), links.init_scope():
        links.x = L.Linear(1, 1)


def test_sequential_calls_one_after_another():
    model = chainjax.Sequential(L.Linear(2, 3), chainjax.functions.relu, L.Linear(3, 1))
    x = np.ones((4, 2), "f")
    expected = model[2](chainjax.functions.relu(model[0](x)))
    np.testing.assert_array_equal(model(x).array, expected.array)
    assert len(model.repeat(2)) == 2


def test_updates_can_be_disabled():
    chain = Two()
    optimizer = chainjax.optimizers.SGD(1).setup(chain)
    chain.a.disable_update()
    assert chain.update_enabled
    assert not chain.a.update_enabled
    before, w = chain.a.W.array.copy(), chain.w.array.copy()
    optimizer.update(lambda: chainjax.functions.sum(chain(np.ones((1, 2), "f"))))
    np.testing.assert_array_equal(chain.a.W.array, before)
    np.testing.assert_array_equal(chain.w.array, w - 1)


def test_persistent_values_are_saved_and_are_no_parameters():
    link = Link(w=(2,))
    link.add_persistent("n", 3)
    with pytest.raises(AttributeError, match="non-existent"):
        link.register_persistent("m")
    assert [name for name, _ in link.namedparams()] == ["/w"]
    other = Link(w=(2,))
    other.add_persistent("n", 0)
    other.copyparams(link)
    assert other.n == 3

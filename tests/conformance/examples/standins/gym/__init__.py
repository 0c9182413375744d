"""Stands in for OpenAI's gym, in the shape that it had when Chainer's examples were written: a cart with a pole, and a pendulum.

Runs alike on every Python and NumPy: its random numbers are its own. The equations are those of Barto, Sutton and Anderson 1983 and
of a rigid rod.
"""

import collections

import numpy as np

from . import spaces, wrappers

Spec = collections.namedtuple("Spec", ["reward_threshold", "timestep_limit"])


class CartPole:
    """Push a cart left or right so that the pole on it stays up: a point a step."""

    spec = Spec(195.0, 200)

    def __init__(self):
        bound = np.array([4.8, np.inf, 0.42, np.inf], np.float32)
        self.observation_space, self.action_space = spaces.Box(-bound, bound), spaces.Discrete(2)
        self.random = np.random.RandomState(0)

    def reset(self):
        self.state = self.random.uniform(-0.05, 0.05, 4)
        return self.state.copy()

    def step(self, action):
        position, speed, angle, turning = self.state
        gravity, cart, pole, half, force, dt = 9.8, 1.0, 0.1, 0.5, 10.0 if action else -10.0, 0.02
        total, sine, cosine = cart + pole, np.sin(angle), np.cos(angle)
        push = (force + pole * half * turning**2 * sine) / total
        falling = (gravity * sine - cosine * push) / (half * (4 / 3 - pole * cosine**2 / total))
        pushed = push - pole * half * falling * cosine / total
        self.state = np.array([position + dt * speed, speed + dt * pushed, angle + dt * turning, turning + dt * falling])
        done = bool(abs(self.state[0]) > 2.4 or abs(self.state[2]) > 12 * np.pi / 180)
        return self.state.copy(), 1.0, done, {}


class Pendulum:
    """Turn a rod upwards and hold it there: what it lacks, its speed and the effort cost."""

    spec = Spec(None, 200)

    def __init__(self):
        bound = np.array([1.0, 1.0, 8.0], np.float32)
        effort = np.array([2.0], np.float32)
        self.observation_space, self.action_space = spaces.Box(-bound, bound), spaces.Box(-effort, effort)
        self.random = np.random.RandomState(0)

    def _seen(self):
        return np.array([np.cos(self.angle), np.sin(self.angle), self.speed])

    def reset(self):
        self.angle, self.speed = self.random.uniform(-np.pi, np.pi), self.random.uniform(-1, 1)
        return self._seen()

    def step(self, action):
        effort = float(np.clip(action, -2, 2)[0])
        lean = (self.angle + np.pi) % (2 * np.pi) - np.pi
        cost = lean**2 + 0.1 * self.speed**2 + 0.001 * effort**2
        self.speed = float(np.clip(self.speed + 0.05 * (15 * np.sin(self.angle) + 3 * effort), -8, 8))
        self.angle += 0.05 * self.speed
        return self._seen(), -cost, False, {}


def make(name):
    """The environment of a name."""
    return {"CartPole-v0": CartPole, "Pendulum-v0": Pendulum}[name]()

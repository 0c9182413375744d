"""A cart learns to balance a pole, by trying (double Q-learning from a memory of what happened).

python examples/reinforcement/train.py
"""

import argparse

import numpy as np

import chainjax as chainer
import chainjax.functions as F
import chainjax.links as L
from chainjax import training
from chainjax.training import extensions

GAMMA = 0.98
LONGEST = 200


class CartPole:
    """A cart pushed left or right (0, 1) each 20 ms, with a pole on a hinge; it falls after 12 degrees, or off a track of 4.8 m.

    Source: Barto, Sutton and Anderson 1983, Neuronlike adaptive elements that can solve difficult learning control problems.
    """

    def reset(self):
        """Start anew; the state is position, speed, angle and its speed."""
        self.state, self.steps = np.random.uniform(-0.05, 0.05, 4), 0
        return self.state.astype(np.float32)

    def step(self, action):
        """Push: the new state, whether the pole fell, and whether it is time to stop."""
        _, speed, angle, turning = self.state
        sin, cos = np.sin(angle), np.cos(angle)
        push = ((10 if action else -10) + 0.05 * turning**2 * sin) / 1.1  # the pole: 0.1 kg, 1 m long; both: 1.1 kg
        turn = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
        self.state = self.state + 0.02 * np.array([speed, push - 0.05 * turn * cos / 1.1, turning, turn])
        self.steps += 1
        fell = bool(abs(self.state[0]) > 2.4 or abs(self.state[2]) > np.pi / 15)
        return self.state.astype(np.float32), fell, fell or self.steps == LONGEST


class Agent(chainer.Chain):
    """What each action is worth in a state: the steps that the pole will stay up, those to come counted less."""

    def __init__(self, units):
        super().__init__()
        with self.init_scope():
            self.worth = chainer.Sequential(L.Linear(4, units), F.relu, L.Linear(units, units), F.relu, L.Linear(units, 2))
        self.slow = self.worth.copy("copy")  # no part of the link: it follows from time to time

    def act(self, state):
        """The better action."""
        with chainer.no_backprop_mode():
            return int(self.worth(state[None]).array.argmax())

    def forward(self, state, action, fell, after):
        """How far the worth of what was done is from the reward (1) and what the next state is worth."""
        with chainer.no_backprop_mode():
            best = F.argmax(self.worth(after), axis=1)
            target = 1 + GAMMA * (1 - fell) * F.select_item(self.slow(after), best)
        loss = F.mean(F.huber_loss(F.select_item(self.worth(state), action), target, 1, reduce="no"))
        chainer.report({"loss": loss}, self)
        return loss


class Memory(chainer.dataset.Iterator):
    """Plays a step, remembers it, and gives some steps of former times; an epoch is a game."""

    def __init__(self, agent, batch_size):
        self.agent, self.batch_size = agent, batch_size
        self.game, self.steps, self.epoch = CartPole(), [], 0
        self.state = self.game.reset()
        while len(self.steps) < 500:
            self.play(exploring=1)

    def play(self, exploring):
        """One step, by chance or as the agent says."""
        action = np.random.randint(2) if np.random.rand() < exploring else self.agent.act(self.state)
        after, fell, self.is_new_epoch = self.game.step(action)
        self.steps.append((self.state, np.int32(action), np.float32(fell), after))
        self.epoch += self.is_new_epoch
        self.state = self.game.reset() if self.is_new_epoch else after

    def __next__(self):
        self.play(exploring=0.1)
        return [self.steps[i] for i in np.random.randint(len(self.steps), size=self.batch_size)]


def returns(agent, games):
    """How many steps the pole stays up in each of some games, without exploring."""
    lengths, game = [], CartPole()
    for _ in range(games):
        state, over = game.reset(), False
        while not over:
            state, _, over = game.step(agent.act(state))
        lengths.append(game.steps)
    return np.array(lengths)


def main(argv=None):
    """Train, and say how long the pole stays up."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4000, help="how long to learn (default: 4000)")
    parser.add_argument("--units", type=int, default=64, help="width of the hidden layers (default: 64)")
    parser.add_argument("--out", default="result/reinforcement", help="folder for the log")
    args = parser.parse_args(argv)
    np.random.seed(0)
    agent = Agent(args.units)
    optimizer = chainer.optimizers.Adam().setup(agent)
    before = returns(agent, 20).mean()

    updater = training.updaters.StandardUpdater(Memory(agent, 64), optimizer)
    trainer = training.Trainer(updater, (args.steps, "iteration"), out=args.out)
    trainer.extend(lambda _: agent.slow.copyparams(agent.worth), name="slow", trigger=(100, "iteration"))
    trainer.extend(lambda _: chainer.report({"return": returns(agent, 5).mean()}), name="play", trigger=(1000, "iteration"), priority=200)
    trainer.extend(extensions.LinearShift("alpha", (1e-3, 0), (0, args.steps)))  # so that what was learnt is not lost again
    trainer.extend(extensions.LogReport(trigger=(1000, "iteration")))
    trainer.extend(extensions.PrintReport(["iteration", "epoch", "main/loss", "return", "elapsed_time"]))
    trainer.run()

    after = returns(agent, 20)
    print(f"The pole stays up for {after.mean():.0f} steps of {LONGEST} on average (at least {after.min()}); at first it was {before:.0f}.")


if __name__ == "__main__":
    main()

"""Stands in for librosa 0.6, as far as Chainer's WaveNet calls it: newer ones no longer take these calls.

Filters are plain triangles, not Slaney's; both frameworks get the same numbers, which is what matters here.
"""

import wave

import numpy as np


def load(path, sr, res_type=None):
    """The samples of a 16-bit file that has this rate already."""
    with wave.open(path) as file:
        assert file.getframerate() == sr
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return samples.astype(np.float32) / 32768, sr


def power_to_db(power, ref=np.max):
    """Decibels below the loudest, at most 80 of them."""
    decibels = 10 * np.log10(np.maximum(power, 1e-10) / max(ref(power), 1e-10))
    return np.maximum(decibels, decibels.max() - 80)


class effects:  # noqa: N801, RUF100 - a module there
    """Only ``trim``."""

    @staticmethod
    def trim(samples, top_db):
        """From the first to the last sample that is not ``top_db`` below the loudest."""
        loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (-top_db / 20))
        return samples[loud[0] : loud[-1] + 1].copy(), (loud[0], loud[-1] + 1)


class feature:  # noqa: N801, RUF100 - a module there
    """Only ``melspectrogram``."""

    @staticmethod
    def melspectrogram(samples, sr, n_fft, hop_length, n_mels):
        """Power in ``n_mels`` bands, ``(n_mels, 1 + len(samples) // hop_length)``."""
        padded = np.pad(samples, n_fft // 2, mode="reflect")
        frames = np.stack([padded[i : i + n_fft] for i in range(0, len(samples) + 1, hop_length)])
        power = np.abs(np.fft.rfft(frames * np.hanning(n_fft), axis=1)) ** 2
        top = 2595 * np.log10(1 + sr / 2 / 700)
        centres = 700 * (10 ** (np.linspace(0, top, n_mels + 2) / 2595) - 1)
        frequencies = np.linspace(0, sr / 2, power.shape[1])
        rising = (frequencies - centres[:-2, None]) / (centres[1:-1] - centres[:-2])[:, None]
        falling = (centres[2:, None] - frequencies) / (centres[2:] - centres[1:-1])[:, None]
        bands = np.maximum(0, np.minimum(rising, falling))
        return (power @ bands.T).T.astype(np.float32)


class output:  # noqa: N801, RUF100 - a module there
    """Only ``write_wav``."""

    @staticmethod
    def write_wav(path, samples, rate):
        """A 16-bit file."""
        with wave.open(path, "wb") as file:
            file.setparams((1, 2, rate, 0, "NONE", "not compressed"))
            file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())

"""Cuts of images."""

import numpy as np


def oversample(images, crop_dims):
    """Ten cuts of each image: the four corners and the centre, and their mirror images.

    Args:
        images: arrays ``(c, h, w)``.
        crop_dims: height and width of the cuts.

    Returns:
        ``(10 * len(images), c, *crop_dims)``.
    """
    _, h, w = images[0].shape
    ch, cw = crop_dims
    corners = [(y, x) for y in (0, h - ch) for x in (0, w - cw)]
    places = [*corners, (int((h - ch) / 2), int((w - cw) / 2))]
    crops = []
    for image in images:
        cuts = [image[:, y : y + ch, x : x + cw] for y, x in places]
        crops += cuts + [cut[:, :, ::-1] for cut in cuts]
    return np.stack(crops)

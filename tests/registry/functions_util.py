"""What is no mathematics."""

from .spec import Bad, Spec, real


def _product_of_square(x, y):
    return x * x * y


ROWS = [
    Spec(
        "forget",
        lambda func, *xs: func(*xs),
        [{"*arguments": (_product_of_square, real(3, 2), real(3, 2))}],
        orders=1,
        extremes="products of the largest numbers overflow",
        errors=[Bad("forget: expected a function", TypeError, **{"*arguments": (1,)})],
    ),
]

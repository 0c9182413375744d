"""Laws of whole programs."""

"""Examples are drawn the same way every time, and a busy machine fails none of them."""

from hypothesis import settings

settings.register_profile("nlp", deadline=None, derandomize=True)
settings.load_profile("nlp")

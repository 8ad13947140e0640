"""Numbers at which code that trusts them goes wrong."""

INTEGERS = (0, 1, 2, 3, 7, 100, 255, 256, 65_535, 2**24, 2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1)
FLOATS = (0.0, -1.0, 1e-320, 1e300, float("inf"), -float("inf"), float("nan"))

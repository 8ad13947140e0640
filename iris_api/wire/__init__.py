"""Reads rows from the bytes of a request, and finds what is wrong with them. Imports no web framework and no estimator."""

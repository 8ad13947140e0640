"""Turns a pickle into an estimator without running it: opcodes give a graph of plain data, and constructors of ours build from that.

No callable that a pickle names is ever called with arguments from the pickle. ``docs/bundle.md`` says what is promised.
"""

"""Libraries other than scikit-learn whose estimators are served, and what differs by library.

None of them is imported before a bundle needs it.
"""

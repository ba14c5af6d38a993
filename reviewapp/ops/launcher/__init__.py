"""Commands that work before there is a virtual environment: set-up, start, test, reset.

They use the standard library only.
"""

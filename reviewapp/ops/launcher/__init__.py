"""The commands before there is a virtual environment: set it up, start the app in it, test, reset.

Standard library only, and nothing that only works inside the virtual environment.
"""

"""The HTTP API of imports and of the correction of their rejected rows."""

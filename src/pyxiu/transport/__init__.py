"""The engine over a distance: frames of commands and outcomes, on a Unix socket or on gRPC.

Invariant: a process that speaks gRPC can start other programs. gRPC's own handlers, which prepare a fork for going on
with it, crash the child of about every second fork that meets them busy, and a child of ours always becomes another
program. They read their switch when `grpc` is imported, which is why it is set here, before any module of this package.
"""

import os

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

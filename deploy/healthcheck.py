"""Ask a service of this container how it is; exit with 0 if it is well.

    healthcheck.py http             GET /api/v2/peatio/public/health/ready at PYXIU_PORT
    healthcheck.py metrics          GET /metrics there, for the stream, which has no readiness of its own
    healthcheck.py grpc             that an engine's port takes connections, which a standby's does as well

Standard library only. Limit: of an engine it says that the process serves; which one leads, the api's readiness tells.
"""

import os
import socket
import sys
import urllib.request

PATHS = {"http": "/api/v2/peatio/public/health/ready", "metrics": "/metrics"}
TIMEOUT_S = 4.0


def main(kind: str) -> int:
    if kind == "grpc":
        host, _, port = os.environ["PYXIU_ENGINE_LISTEN"].rpartition(":")
        address = host.strip("[]")
        with socket.create_connection(("127.0.0.1" if address in ("", "0.0.0.0") else address, int(port)), TIMEOUT_S):  # noqa: S104
            return 0
    url = f"http://127.0.0.1:{os.environ.get('PYXIU_PORT', '8000')}{PATHS[kind]}"
    with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
        return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201 - what `docker inspect` shows
        sys.exit(1)

"""`pyxiu certs DIR`: certificates for the services of one installation."""

from pathlib import Path

from pyxiu.cli.running import EXIT_OK, tell
from pyxiu.transport.tls import make_certificates


def certs(folder: Path, /, *services: str) -> int:
    """Make an authority and a certificate for each service, or renew those that end within 30 days.

    Give each machine `ca.crt` and the two files of its own services, set PYXIU_CERTS to the folder there, and keep
    `ca.key` away from all of them.

    Parameters
    ----------
    folder
        Where the files are; made if it is not there.
    services
        Names of services; all of them by default.
    """
    made = make_certificates(folder, services) if services else make_certificates(folder)
    tell(f"new: {', '.join(made)}" if made else "nothing to do: no certificate ends within 30 days")
    return EXIT_OK

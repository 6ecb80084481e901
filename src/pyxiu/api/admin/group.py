"""All endpoints of the admin group, in one table."""

from typing import Final

from pyxiu.api.admin import (
    activities,
    comments,
    documents,
    labels,
    overview,
    permissions,
    profiles,
    restrictions,
    users,
)
from pyxiu.api.endpoint import Endpoint

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *users.ENDPOINTS,
    *labels.ENDPOINTS,
    *comments.ENDPOINTS,
    *profiles.ENDPOINTS,
    *documents.ENDPOINTS,
    *permissions.ENDPOINTS,
    *restrictions.ENDPOINTS,
    *activities.ENDPOINTS,
    *overview.ENDPOINTS,
)

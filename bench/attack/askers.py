"""In which role each route is asked: the first that may at best do what the route asks for."""

import re

from hushkeep.access.permissions import permissions
from hushkeep.api.routes import ROUTES
from hushkeep.identity.roles import Role


def askers(roles):
    """Return (pattern of method and path, role), a pair a route; the first role where none may (a program's routes)."""
    able = {role: permissions(Role(role), demo=True) for role in roles}
    found = []
    for route, asks in ROUTES.items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", route.replace(" /", " /api/v1/", 1))
        found.append((re.compile(pattern), next((role for role in roles if asks in able[role]), roles[0])))
    return found

"""Addresses: the API, allauth's sign-in, and for everything else the console."""

from django.urls import include, path

from hushkeep.api.assembly import assemble
from hushkeep.api.sign_in import sign_in_patterns

api = assemble()

urlpatterns = [
    path("api/v1/", api.urls),
    path("_allauth/", include(sign_in_patterns())),
    path("", include("hushkeep.console.urls")),
]

"""The bare route that guarded ones are held against: one row by its key through the ORM, answered as JSON."""

from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.urls import path

from hushkeep.identity.models import User


def person(_request: HttpRequest, person_id: UUID) -> JsonResponse:
    """Return a person's login and role."""
    row = User.objects.values("login", "role").get(id=person_id)
    return JsonResponse(row)


def here(get_response):
    """Have a request answered from this module's addresses."""

    def middleware(request):
        request.urlconf = __name__
        return get_response(request)

    return middleware


urlpatterns = [path("bare/<uuid:person_id>", person)]

"""The bare routes that guarded ones are held against: one row by its key, and a conversation opened, with no guard."""

from uuid import UUID, uuid4

from django.http import HttpRequest, JsonResponse
from django.urls import path

from hushkeep.identity.models import User
from hushkeep.kernel import TenantId
from hushkeep.records.models import Conversation, Wrap
from hushkeep.records.protect import KLASS, TABLE, original_turns
from hushkeep.runtime.key_client import keys
from hushkeep.runtime.tenancy import tenant_transaction


def person(_request: HttpRequest, person_id: UUID) -> JsonResponse:
    """Return a person's login and role."""
    row = User.objects.values("login", "role").get(id=person_id)
    return JsonResponse(row)


def opened(_request: HttpRequest, tenant: UUID, talk: UUID) -> JsonResponse:
    """Return a conversation's original turns: the key service opens them, nobody is asked whether it may."""
    event = uuid4()
    with tenant_transaction(TenantId(tenant)):
        row = Conversation.objects.get(id=talk)
        wrapped = Wrap.objects.values_list("wrapped", flat=True).get(conversation=row.id, subject=row.subject)
    ticket = keys().ticket_sample(tenant, tenant, row.subject, [KLASS], event, purpose="quality_review")
    [text] = keys().open_originals(ticket, event, [(bytes(wrapped), TABLE, row.version, bytes(row.sealed))])
    return JsonResponse({"turns": original_turns(text)})


def here(get_response):
    """Have a request answered from this module's addresses."""

    def middleware(request):
        request.urlconf = __name__
        return get_response(request)

    return middleware


urlpatterns = [path("bare/<uuid:person_id>", person), path("opened/<uuid:tenant>/<uuid:talk>", opened)]

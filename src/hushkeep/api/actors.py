"""Who asks: a person by session cookie, or a program by its signature. Read once, at the edge, before anything else."""

from django.http import HttpRequest
from ninja.utils import check_csrf

from hushkeep.access.actors import Actor
from hushkeep.access.administration.devices import prove
from hushkeep.identity import device_proof, sign_in
from hushkeep.identity.device_proof import Proof
from hushkeep.identity.remembered import SignedIn
from hushkeep.identity.request_signing import KEY, parse
from hushkeep.identity.service_accounts import authenticate
from hushkeep.kernel import ActorKind, Denied
from hushkeep.runtime import clock


def read_actor(request: HttpRequest, *, quiet: bool, anew: bool = True) -> Actor | None:
    """Return who asks, or None for nobody.

    ``quiet`` requests do not keep a session from going idle; without ``anew`` what was known of it a moment ago counts.
    Raises Denied: ``csrf_failed`` for a person's unsafe request without the token, or what a bad signature is called.
    """
    if KEY in request.headers:
        return _program(request)
    found = sign_in.signed_in(request, quiet=quiet, anew=anew)
    if found is None:
        return None
    if check_csrf(request):
        raise Denied("csrf_failed")
    request.hushkeep_signed_in = found  # type: ignore[attr-defined]
    actor = Actor(
        person=found.person.id,
        tenant=found.person.tenant,
        role=found.person.role,
        session=found.session.id,
        second_factor_at=found.second_factor_at,
        moved=sign_in.place(request).moved_from(found.session.place),
        center=found.center,
    )
    # What a page asks by itself carries nothing of customers, and the streams ask it with the cookie alone.
    return actor if quiet else prove(actor, found.session.device, lambda: _proof(request))


def actor_of(request: HttpRequest) -> Actor:
    """Return who asks: for the views, which run only once somebody does."""
    actor: Actor = request.hushkeep_actor  # type: ignore[attr-defined]
    return actor


def signed_in(request: HttpRequest) -> SignedIn:
    """Return the person who asks, with their session; raise Denied("person_required") to a program."""
    found: SignedIn | None = getattr(request, "hushkeep_signed_in", None)
    if found is None:
        raise Denied("person_required")
    return found


def _proof(request: HttpRequest) -> Proof | None:
    sent = request.headers.get(device_proof.HEADER)
    if sent is None:
        return None
    address = request.build_absolute_uri()
    return device_proof.check(sent, method=request.method or "", address=address, body=request.body, now=clock.now())


def _program(request: HttpRequest) -> Actor:
    signature = parse(request.headers)
    account = authenticate(
        signature, method=request.method or "", path=request.get_full_path(), body=request.body, now=clock.now()
    )
    return Actor(person=account.id, tenant=account.tenant, scopes=account.scopes, kind=ActorKind.SERVICE)

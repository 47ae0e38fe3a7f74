"""The Django app of identity: it ties allauth's and axes' hooks to our functions, here and nowhere else."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Names the room to Django."""

    name = "hushkeep.identity"
    label = "identity"

    def ready(self) -> None:
        """Connect the hooks, once the models are there."""
        from allauth.mfa import signals  # noqa: PLC0415 - models are ready only now

        from hushkeep.identity import sign_in  # noqa: PLC0415

        signals.authentication_failed.connect(sign_in.second_factor_failed, dispatch_uid="hushkeep")
        signals.authenticator_used.connect(sign_in.second_factor_used, dispatch_uid="hushkeep")
        signals.authenticator_added.connect(sign_in.second_factor_added, dispatch_uid="hushkeep")
        signals.authenticator_removed.connect(sign_in.second_factor_removed, dispatch_uid="hushkeep")

"""A center's telephone system: tells of calls by signed events, as a connector does."""

import hmac
import json

from hushkeep.access.administration import founding
from hushkeep.identity.roles import Scope
from hushkeep.kernel import timestamp
from hushkeep.runtime import clock


class Pbx:
    """The center's telephone system."""

    def __init__(self, tenant, key_process, browser):
        self.tenant, self.browser = tenant, browser
        account = founding.create_service_account(tenant, name="pbx", scopes=(Scope.CONNECTOR,)).account
        self.connector, self.secret = account, key_process.register_connector(tenant, account)

    def tell(self, kind, **said):
        """Post one signed event; return the answer."""
        event = {"type": f"conversation.{kind}", "tenant": str(self.tenant), "at": timestamp(clock.now())} | said
        body = json.dumps({"conversation": "call-1"} | event).encode()
        return self.browser.client.post(
            f"/api/v1/live/{self.connector}/events",
            body,
            content_type="application/json",
            secure=True,
            headers={"Hushkeep-Signature": hmac.digest(self.secret, body, "sha256").hex()},
        )

    def start(self, agent, value="+8613499998888", index="phone", **said):
        """Begin the call of the customer whom ``value`` names."""
        return self.tell("started", agent=str(agent), contact={"index": index, "value": value}, **said)

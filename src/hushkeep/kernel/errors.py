"""Every error the product raises on purpose, as a tree.

::

    hushkeep.kernel.Error
    ├── InvalidInput          the caller sent something malformed         (HTTP 422, exit 2; 3 when part was taken)
    ├── NotFound              absent, or not the caller's to know         (404, 4)
    ├── Denied                the access decision said no                 (403, 5)
    │   └── ApprovalRequired  a second pair of eyes is missing            (403, 6)
    ├── Conflict              the state has moved on                      (409, 7)
    ├── IntegrityError        a MAC, hash or Merkle proof did not verify  (500, 10)
    └── Unavailable           a dependency is down; retrying may help     (503, 11)

Messages are for operators and may reach logs: they carry ids, never personal data.
"""


class Error(Exception):
    """The root: every error that the product raises on purpose."""

    code = "error"


class InvalidInput(Error):
    """The caller sent something malformed; the message says where."""

    code = "invalid_input"


class NotFound(Error):
    """The thing is absent, or not the caller's to know."""

    code = "not_found"


class Denied(Error):
    """The access decision said no; the message is its stable reason."""

    code = "denied"


class ApprovalRequired(Denied):
    """A second pair of eyes is missing."""

    code = "approval_required"


class Conflict(Error):
    """The state has moved on, or a lock or port is taken."""

    code = "conflict"


class IntegrityError(Error):
    """A MAC, hash or Merkle proof did not verify."""

    code = "integrity"


class Unavailable(Error):
    """A dependency is down; retrying may help."""

    code = "unavailable"

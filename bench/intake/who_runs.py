"""Who runs, looked at fifty times a second: how many threads of a site and its program want a processor at once.

Two runs of the same work differ in how often fewer run than there are cores; what runs alone then is what the others
wait for. A thread that waits for Python's lock, for a row or for the disk does not count: it sleeps.
"""

import threading
from collections import Counter
from pathlib import Path

_EVERY_SECONDS = 0.02
_ANEW = 50  # looks, after which processes that have come or gone are noticed
_KINDS = ("_examiner", "hushkeep.keys", "postgres", "serve front", "serve worker", " protect ")


def tree(pid):
    """Return the processes under ``pid``, itself included."""
    stack, found = [pid], []
    while stack:
        one = stack.pop()
        try:
            for thread in Path(f"/proc/{one}/task").iterdir():
                stack += map(int, (thread / "children").read_text().split())
        except OSError:
            continue
        found.append(one)
    return found


def kind_of(pid):
    """Return what ``pid`` is to the site, None for the supervisor and what is no part of an intake."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
    except OSError:
        return None
    return next((kind.strip() for kind in _KINDS if kind in words), None)


class WhoRuns(threading.Thread):
    """Looks at the tree of ``root`` until ``stop``; ``alone`` counts by kind who ran while nobody else did."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root = root
        self.looks, self.running, self.alone = 0, Counter(), Counter()
        self._done = threading.Event()
        self._known = []

    def run(self):
        while not self._done.wait(_EVERY_SECONDS):
            if self.looks % _ANEW == 0:
                self._known = [(pid, kind) for pid in tree(self.root) if (kind := kind_of(pid))]
            self.looks += 1
            here = [kind for pid, kind in self._known for state in _states(pid) if state == "R"]
            self.running[len(here)] += 1
            if len(here) == 1:
                self.alone[here[0]] += 1

    def stop(self):
        """End, and return what was seen in one line."""
        self._done.set()
        self.join()
        several = " ".join(f"{count}: {seen / self.looks:.0%}" for count, seen in sorted(self.running.items()))
        alone = " ".join(f"{kind} {seen / self.looks:.0%}" for kind, seen in self.alone.most_common())
        return f"at once {several}; alone {alone}"


def _states(pid):
    try:
        threads = [*Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return
    for thread in threads:
        try:
            yield (thread / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue

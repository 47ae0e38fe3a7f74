"""``hushkeep init``, ``up``, ``doctor`` and ``ca``: make a site, run it, examine it, trust its certificate."""

import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import click

from hushkeep import cli
from hushkeep.cli.shares import tell as tell_shares
from hushkeep.kernel import NotFound, Unavailable
from hushkeep.runtime.address import ca_file
from hushkeep.runtime.boot import boot
from hushkeep.runtime.clock import now
from hushkeep.runtime.doctor import Finding, examine
from hushkeep.runtime.files import write_private
from hushkeep.runtime.language import gettext as _
from hushkeep.runtime.language import retold
from hushkeep.runtime.processes import environment
from hushkeep.runtime.secret_files import DJANGO, make_secret
from hushkeep.runtime.settings import settings
from hushkeep.runtime.site import read_site
from hushkeep.runtime.supervision import RunningSite, site_running

_LEVELS = ("demo", "separated", "external")
_TRUSTED = Path("/usr/local/share/ca-certificates")


@click.command()
@click.option("--level", type=click.Choice(_LEVELS), help="Level of separation (default: demo, or the site's own).")
@click.option("--center", help="Name of the tenant to make (default: demo, or none where the site has some).")
@click.option(
    "--database-admin-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with an administrator's connection string of the server in database_url.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")  # fmt: skip
def init(level: str | None, center: str | None, database_admin_file: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click's
    """Make a site, or bring one up to date: folders, keys, database, the first administrator.

    Safe to run again: what is there stays. The administrator enrols by a one-time link, which lies in a file that only
    you can read; it is never printed.

    \b
    Example: hushkeep init --level separated --center north
    """  # noqa: D301 - click's own mark
    make_secret(DJANGO)
    boot()
    make_site = cli.loaded("hushkeep.cli.making:make_site")  # it needs Django's models
    made = make_site(level, center, database_admin_file, lambda words: click.echo(_(words), err=True))
    if as_json:
        cli.write_json(made)
        return
    click.echo(_("Site: {}").format(made["data_dir"]))
    if made["enrolment_file"]:
        click.echo(_("The administrator's one-time link is in {}").format(made["enrolment_file"]))
    if made["level"] != "demo":
        tell_shares(settings().recovery_dir)


@click.command()
@click.option("--intake", type=click.Path(exists=True, path_type=Path), help="Take this folder in once the site runs.")
@click.option("--center", default="demo", show_default=True, help="The tenant that the folder goes to.")
@click.option("--json", "as_json", is_flag=True, help="Print the intake's report as JSON.")
def up(intake: Path | None, center: str, as_json: bool) -> None:  # noqa: FBT001 - click's
    """Run the site until Ctrl-C: database, key service, front and worker.

    \b
    Example: hushkeep up
    """  # noqa: D301 - click's own mark
    site, made = settings(), read_site()
    click.echo(_("Starting …"), err=True)
    with site_running(site, made, now) as running:
        task = _intake(intake, center, as_json=as_json)
        if task is None:
            _welcome(running)

        def each_tick() -> None:
            nonlocal task
            if task is not None and task.poll() is not None:
                if task.returncode:
                    click.echo(_("The intake ended with code {}").format(task.returncode), err=True)
                task = None
                _welcome(running)

        try:
            running.serve(now, each_tick)
        finally:
            if task is not None:
                task.terminate()
                task.wait()
        click.echo(_("Stopping …"), err=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON Lines.")
def doctor(as_json: bool) -> int:  # noqa: FBT001 - click's
    """Say what is wrong with the site and how to mend it; exit code 1 when something is.

    \b
    Example: hushkeep doctor --json
    """  # noqa: D301 - click's own mark
    ill = 0
    for finding in examine(settings()):
        ill += not finding.well
        if as_json:
            cli.write_json(asdict(finding))
        else:
            _show(finding)
    return 1 if ill else 0


@click.group()
def ca() -> None:
    """The local certificate authority: it vouches for this site's names alone."""


@ca.command()
def export() -> None:
    """Print the authority's certificate (PEM).

    \b
    Example: hushkeep ca export > hushkeep-ca.pem
    """  # noqa: D301 - click's own mark
    click.echo(_authority().read_text(), nl=False)


@ca.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
def trust(dry_run: bool) -> None:  # noqa: FBT001 - click's
    """Have this machine trust the authority: Debian's store as root, your browsers' store (NSS) as yourself.

    \b
    Example: sudo hushkeep ca trust
    """  # noqa: D301 - click's own mark
    commands = _trust_commands(_authority())
    if not commands:
        raise Unavailable("neither update-ca-certificates (as root) nor certutil (libnss3-tools) can be used here")
    for command in commands:
        click.echo(" ".join(command), err=True)
        if not dry_run:
            subprocess.run(command, check=True, capture_output=True, timeout=60)


def _trust_commands(authority: Path) -> list[list[str]]:
    commands = []
    nss = Path.home() / ".pki" / "nssdb"
    if (update := shutil.which("update-ca-certificates")) and _TRUSTED.is_dir() and _may_write(_TRUSTED):
        commands += [["install", "-m", "0644", str(authority), str(_TRUSTED / "hushkeep.crt")], [update]]
    if (certutil := shutil.which("certutil")) and nss.is_dir():
        commands.append([certutil, "-d", f"sql:{nss}", "-A", "-t", "C,,", "-n", "Hushkeep", "-i", str(authority)])
    return commands


def _may_write(folder: Path) -> bool:
    return folder.owner() == Path.home().owner() and Path.home().owner() == "root"


def _authority() -> Path:
    if not (file := ca_file(settings())).exists():
        raise NotFound("no local authority yet: hushkeep up makes it")
    return file


def _intake(folder: Path | None, center: str, *, as_json: bool) -> "subprocess.Popen[bytes] | None":
    if folder is None:
        return None
    command = [
        sys.executable,
        "-m",
        "hushkeep",
        "protect",
        str(folder),
        "--center",
        center,
        *(["--json"] if as_json else []),
    ]
    return subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL)


def _welcome(running: RunningSite) -> None:
    click.echo(_("Console: {}").format(running.address), err=True)
    for file in sorted((running.settings.data_dir / "enrolment").glob("*.txt")):
        _readdress(file, running.address)
        click.echo(_("First sign-in: open the one-time link in {}").format(file), err=True)
    click.echo(_("Stop with Ctrl-C."), err=True)


def _readdress(file: Path, address: str) -> None:
    """Have the link in ``file`` begin with ``address``: the port is known only now when any free one was asked for."""
    link = file.read_text(encoding="utf-8")
    _, mark, rest = link.partition("/enrol#")
    if link != (here := f"{address}{mark}{rest}"):
        write_private(file, here.encode(), replace=True)


def _show(finding: Finding) -> None:
    mark = _("well") if finding.well else _("ILL")
    click.echo(f"{mark:5} {finding.check:12} {retold(finding.words)}")
    if finding.mend:
        click.echo(f"{'':5} {'':12} → {_(finding.mend)}")

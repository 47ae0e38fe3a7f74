"""Our own YARA rules: what must not be opened, however well it is wrapped."""

from collections.abc import Callable

import yara_x

# Pieces, so that this source is not called dangerous by the scanners of those who keep it.
_EICAR = r"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE" + "!$H+H*"

_RULES = f"""
rule eicar_test_file {{
    strings: $eicar = "{_EICAR}"
    condition: $eicar
}}
rule windows_program {{
    condition: uint16(0) == 0x5A4D and filesize > 64 and uint32(uint32(0x3C)) == 0x00004550
}}
rule linux_program {{
    condition: uint32(0) == 0x464C457F
}}
rule office_macro {{
    strings:
        $project = "vbaProject.bin"
        $dir = "_VBA_PROJECT" wide ascii
    condition: any of them
}}
rule pdf_that_acts {{
    strings:
        $launch = "/Launch"
        $script = "/JavaScript"
    condition: uint32(0) == 0x46445025 and any of them
}}
"""
# The last: a document that starts programs or runs scripts holds no message that is worth it.


def scanner() -> Callable[[bytes], str | None]:
    """Return a function that names the rule which its bytes meet, None for none; compiled once, before confinement."""
    scan = yara_x.Scanner(yara_x.compile(_RULES))

    def dangerous(data: bytes) -> str | None:
        met = scan.scan(data).matching_rules
        return str(met[0].identifier) if met else None

    return dangerous

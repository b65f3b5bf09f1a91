"""axe-core, other people's judge of what a page is to those who cannot see it, or use no mouse: the file that a package carries.

    text = axe.source(scratch)     # JavaScript; installs what is missing; a Failure says why it cannot be had

Of the packages that carry one this has the newest, 4.12.1; axe-core-python 0.1.0 has 4.4.3, axe-selenium-python 2.1.6 has 3.1.1.
"""

import os

from . import peers
from .processes import Failure

REQUIREMENTS = "axe-playwright-python==0.1.8\n"
VERSION = "4.12.1"


def source(scratch, progress=lambda _: None):
    try:
        interpreter = peers.python(scratch, progress, REQUIREMENTS, "axe", is_whole=False)
    except Failure as failure:
        raise Failure(f"axe-core cannot be had, and pages are not judged without it; {REQUIREMENTS.strip()} is installed once, "
                      f"with network, into {os.path.join(scratch, 'axe')}. {failure}") from None
    folder = os.path.dirname(os.path.dirname(interpreter))
    for place, _, names in os.walk(os.path.join(folder, "lib")):
        if place.endswith("/axe_playwright_python") and "axe.min.js" in names:
            with open(os.path.join(place, "axe.min.js"), encoding="utf-8") as file:
                text = file.read()
            if f"axe v{VERSION}" not in text[:200]:
                raise Failure(f"{REQUIREMENTS.strip()} carries another axe-core than {VERSION}: {text[:60]}")
            return text
    raise Failure(f"{REQUIREMENTS.strip()} carries no axe.min.js")

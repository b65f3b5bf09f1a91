"""Pictures of the made-up community, at addresses of the form that Discord's have: of the site itself, since nothing else is reached."""

import hashlib
import random
import re

# Of a picture that was taken away: its address is right, and there is nothing.
MISSING = "dead" * 8
# Of one whose bytes never come, and of one that is no picture.
HANGING, JUNK = "5108" * 8, "a0a0" * 8
ADDRESS = re.compile(r"(?:/pictures)?/(avatars|icons|emojis|embed/avatars|guilds/\d+/users/\d+/avatars)/([\w/]+)\.(png|webp|gif|jpg)")


def picture(kind, owner, hash=None):
    """The address of somebody's avatar or of a guild's icon."""
    return f"/{kind}/{owner}/{hash or hashlib.md5(owner.encode()).hexdigest()}.png"


def drawn(path):
    """The picture at an address, as SVG; None where none is, or where the address is of no picture."""
    found = ADDRESS.fullmatch(path)
    if not found or MISSING in path:
        return None
    return landscape(found[2].split("/")[0])


def landscape(name):
    """In colours of its own."""
    choose = random.Random(name)
    hue = choose.randrange(360)
    sun, hill, far = choose.randrange(16, 48), choose.randrange(34, 46), choose.randrange(26, 38)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
            f'<rect width="64" height="64" fill="hsl({hue} 55% 72%)"/>'
            f'<circle cx="{sun}" cy="20" r="9" fill="hsl({(hue + 50) % 360} 90% 88%)"/>'
            f'<path d="M0 {far}Q20 {far - 14} 40 {far}T64 {far - 4}V64H0z" fill="hsl({(hue + 20) % 360} 42% 52%)"/>'
            f'<path d="M0 {hill + 6}Q16 {hill - 8} 34 {hill + 4}T64 {hill}V64H0z" fill="hsl({(hue + 40) % 360} 45% 32%)"/>'
            f'</svg>')

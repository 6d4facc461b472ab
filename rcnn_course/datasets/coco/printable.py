"""Names of a file as a terminal may show them."""

from unicodedata import category


def printable(text: str) -> str:
    r"""Write control characters as `\x1b`, so that no terminal obeys them; lines stay lines.

    Example:
        >>> from rcnn_course.datasets.coco.printable import printable
        >>> printable("Käfer \x1b[31m, \u6c34\nFliege")
        'Käfer \\x1b[31m, 水\nFliege'
    """
    return "".join(
        repr(letter)[1:-1] if category(letter) == "Cc" and letter != "\n" else letter
        for letter in text
    )

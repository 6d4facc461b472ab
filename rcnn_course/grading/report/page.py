"""The page that a student gets back: nbgrader's, with a policy that the browser enforces.

What a submission shows is cleaned before it is saved; where something was missed, the policy keeps
it from running, from being loaded, and from sending anything.
"""

import base64
import hashlib
import json
import re
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode

MATHJAX = "https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.7/"
"""Where nbgrader's page gets what sets formulas; without a network they stay LaTeX."""

SETTINGS = "window.MathJax = " + json.dumps(
    {
        "TeX": {"equationNumbers": {"autoNumber": "AMS", "useLabelIds": True}},
        "tex2jax": {
            "inlineMath": [["$", "$"], ["\\(", "\\)"]],
            "displayMath": [["$$", "$$"], ["\\[", "\\]"]],
            "processEscapes": True,
            "processEnvironments": True,
        },
        "messageStyle": "none",
        "showMathMenu": False,
        "CommonHTML": {"linebreaks": {"automatic": True}},
    }
)
"""nbconvert's settings of MathJax, as a script that a hash can name."""

POLICY = "; ".join(
    [
        "default-src 'none'",
        "img-src data: 'self'",
        f"script-src {MATHJAX} "
        f"'sha256-{base64.b64encode(hashlib.sha256(SETTINGS.encode()).digest()).decode()}'",
        f"style-src 'unsafe-inline' {MATHJAX}",
        f"font-src {MATHJAX}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
)

HEAD = f"""<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="referrer" content="no-referrer">
<script>{SETTINGS}</script>
<script src="{MATHJAX}MathJax.js?config=TeX-AMS_CHTML-full,Safe" async></script>
"""


class FeedbackPage(HTMLExporter):
    """Exports a notebook as nbgrader does, with a policy in the place of its scripts."""

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page, and nbconvert's resources."""
        page, resources = super().from_notebook_node(nb, resources, **options)
        head, end, body = page.partition("</head>")
        head = re.sub(r"<script.*?</script>", "", head, flags=re.DOTALL)
        start, opening, rest = head.partition("<head>")
        return f"{start}{opening}\n{HEAD}{rest}{end}{body}", resources

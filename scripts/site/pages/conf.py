"""Settings of Sphinx for the course's site; `scripts.site` puts its sources together."""

project = "Build R-CNN"
html_title = project
copyright = "the authors of the course. Code BSD 3-Clause, text and pictures CC BY 4.0"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["README.md"]

# Pages are read without a network: nothing may be loaded from elsewhere.
html_theme = "furo"
html_static_path = ["static"]
html_extra_path = ["extra"]
html_css_files = ["scene.css", "site.css"]
html_js_files = [(name, {"defer": "defer"}) for name in ("page.js", "scene.js", "explorers.js")]
html_favicon = "static/favicon.svg"
html_theme_options = {"source_view_link": "", "navigation_with_keys": False}
html_copy_source = False
html_show_sphinx = False
nb_ipywidgets_js = {}

nb_execution_mode = "off"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["attrs_block", "colon_fence"]
myst_heading_anchors = 4

# Docstrings say shapes in Google's style, which are no names to be linked.
default_role = "code"
autodoc_typehints = "none"
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_custom_sections = [("Source", "notes_style")]


def name_levels(app, page, template, context, doctree):
    """Say on which level the captions of the list of pages stand, which Furo leaves open."""
    tree = context.get("furo_navigation_tree", "")
    context["furo_navigation_tree"] = tree.replace(
        'role="heading"', 'role="heading" aria-level="2"'
    )


def setup(app):
    """Connect what comes after Furo's own."""
    app.connect("html-page-context", name_levels, priority=900)

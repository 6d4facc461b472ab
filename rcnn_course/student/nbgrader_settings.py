"""What nbgrader's Validate button does in this folder: as much time and the same rules as grading.

`rcnn-course start` puts this file beside the notebooks. JupyterLab reads it where it is started.
"""

c = get_config()  # noqa: F821 (traitlets defines it)

# Seconds by the clock. Grading counts those of a processor: no busy machine costs a point there.
c.Execute.timeout = 60  # for a cell
c.Execute.iopub_timeout = 60  # for its output after that
c.Execute.startup_timeout = 300  # for the kernel

# A warning is not a wrong answer: without this, text on standard error fails a check.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"\A"

"""The attack suite: what is tried on grading, by kind, and what honest students do.

`python -m tests.grading.attacks`, or `make attack`, grades all of it as two classes in the sandbox.
"""

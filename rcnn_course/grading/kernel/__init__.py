"""The way to a kernel: forked from a process that has loaded all, supervised, in a sandbox."""

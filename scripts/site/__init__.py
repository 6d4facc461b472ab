"""The course as a static site, to read before anything is installed: `make site`."""

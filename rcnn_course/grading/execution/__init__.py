"""Running submissions: on workers, within their limits, and what their cells have earned."""

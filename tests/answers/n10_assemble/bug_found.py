"""Right answers to `bug_found` for the student ada, one for each style."""


def bug_found_conditions(number):
    if number == 1:
        return "ada", "anchors", "grid_anchors", "stride_unused"
    if number == 2:
        return "ada", "anchors", "grid_anchors", "centred_in_cells"
    return "ada", None, "match_anchors", "kinds_swapped"


def bug_found_list(number):
    rows = [
        ["Ada ", "anchors", "grid_anchors", "stride_unused"],
        ["Ada ", "anchors", "grid_anchors", "centred_in_cells"],
        ["Ada ", None, "match_anchors", "kinds_swapped"],
    ]
    return rows[number - 1]


def bug_found_columns(number):
    stages = "anchors", "anchors", None
    parts = "grid_anchors", "grid_anchors", "match_anchors"
    mistakes = "stride_unused", "centred_in_cells", "kinds_swapped"
    columns = zip(stages, parts, mistakes, strict=True)
    return ("ADA", *dict(zip((1, 2, 3), columns, strict=True))[number])

"""Stretch goal `vectorised_roi_align`: all boxes at once, as near to compiled code as can be.

It is `roi_align` once more, with the same cases: how long it takes is for the student to see, and
no part of the check.
"""

from dataclasses import replace

from rcnn_course.checks.exercises.n06_roi_align import roi_align as right

VECTORISED_ROI_ALIGN = replace(
    right.ROI_ALIGN,
    name="vectorised_roi_align",
    is_stretch=True,
    steps=(
        "Each bin is a weighted sum of cells: four for each of its samples. Work out which cells, "
        "and their weights, for all boxes together.",
        "Rows and columns are independent: a sample reads two rows and two columns, and the weight "
        "of a cell is the weight of its row times that of its column.",
        "What does not count has the weight 0: samples outside the map and, where boxes have their "
        "own numbers of samples, those that a box has less than the largest one.",
        "As a table with a row of C numbers for each cell of all maps, the maps can be read by one "
        "index; `F.embedding_bag` sums chosen rows of a table with weights.",
    ),
)

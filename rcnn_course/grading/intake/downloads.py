"""Names of files in what learning platforms let an instructor download."""

FILE_NAMES = (
    r".*/[^/]*?_(?:LATE_)?(?P<student_id>\d+)"
    r"_(?:assignsubmission_file(?:/|_/|_)|\d+_)"
    r"(?P<file_id>[^/]+?)(?:-\d+)?\.ipynb"
)
"""Where Moodle and Canvas put the number of a student, for `nbgrader zip_collect`.

Moodle writes `Ada Lovelace_4711_assignsubmission_file/06_roi_align.ipynb`, or all in one name where
it makes no folders; 4711 is the participant of its grading worksheet. Canvas writes
`lovelaceada_LATE_4711_99_06_roi_align-1.ipynb`, where LATE and -1, for the second upload, may be
missing; 4711 is the ID of its gradebook.

Source: Moodle, `mod/assign/classes/downloader.php`; Canvas, `lib/content_zipper.rb`.
"""

from rcnn_course.checks.engine.edits import Edit, edits_of

repairs_of = edits_of

"""The command `rcnn-course train`: what it reads, says and writes."""

"""What is drawn over a picture: boxes, masks, keypoints, anchors, heatmaps."""

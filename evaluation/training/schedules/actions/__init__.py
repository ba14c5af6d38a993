"""What changes schedules: leads set them, workers carry out their dates."""

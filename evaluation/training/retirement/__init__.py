"""When providers shut down base models, and the models that were tuned on them."""

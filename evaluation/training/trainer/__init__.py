"""The local trainer: a program of its own that tunes a LoRA adapter in a job folder.

`python -m evaluation.training.trainer FOLDER` needs neither Django nor a database, so the same code
runs beside a worker and on any other machine. docs/training.md describes the folder.
"""

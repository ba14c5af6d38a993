"""The demo "Aurora Commerce": its texts, answers and votes, and the code that makes the answers.

The data files are described in docs/demo.md. `python -m evaluation.demo` tunes the adapters and
asks the models again; nothing here is needed to load the demo.
"""

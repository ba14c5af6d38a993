"""The demo "Aurora Commerce": texts, answers and votes, and the code that generates answers.

docs/demo.md describes the data files. `python -m evaluation.demo` tunes the adapters and asks the
models again; loading the demo needs none of that.
"""

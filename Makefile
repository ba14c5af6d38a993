# A thin layer over reviewapp/launch.py, which also works by itself: python3 reviewapp/launch.py demo
PYTHON ?= python3

.PHONY: help setup setup-model demo serve test lint messages bench reset setup-parquet setup-s3 setup-names setup-training test-training demo-answers lock dump restore

help:
	@$(PYTHON) reviewapp/launch.py help

demo:
	@$(PYTHON) reviewapp/launch.py demo

serve:
	@$(PYTHON) reviewapp/launch.py serve

test:
	@$(PYTHON) reviewapp/launch.py test

setup setup-model lint messages bench reset setup-parquet setup-s3 setup-names setup-training test-training demo-answers lock:
	@$(PYTHON) reviewapp/launch.py $@

dump restore:
	@$(PYTHON) reviewapp/launch.py $@ "$(FILE)"

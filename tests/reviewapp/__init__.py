"""Tests of the shell: environment, database server, launcher, pages of people."""

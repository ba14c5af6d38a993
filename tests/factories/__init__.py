"""Objects for tests, built through actions so that no test starts where the site cannot get."""

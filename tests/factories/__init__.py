"""Objects for tests, created by actions, so that users can reach the state of each test."""

"""Text blocks: texts of a project that annotators insert into answers."""

"""The jobs that take open findings away which changed settings of a project rule out."""

"""What a project puts before examples without a system message, and whether they need one."""

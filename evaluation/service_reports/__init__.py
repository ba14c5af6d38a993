"""What service measured of models, as other systems report it, and the limits of a project."""

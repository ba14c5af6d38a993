"""Adjudication: a lead decides on examples that raters disagree on, beside their votes."""

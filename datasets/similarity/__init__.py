"""Which examples are alike: signatures of their texts, and the pairs that were found."""

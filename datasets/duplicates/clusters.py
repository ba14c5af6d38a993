"""Groups of examples that are linked by pairs. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def components(pairs: Iterable[tuple[Node, Node]]) -> list[list[Node]]:
    """Return the connected components of a graph with these edges, members as they were met."""
    parent: dict[Node, Node] = {}

    def root(node: Node) -> Node:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for first, second in pairs:
        own, other = root(first), root(second)
        if own != other:
            parent[other] = own
    groups: dict[Node, list[Node]] = defaultdict(list)
    for node in parent:
        groups[root(node)].append(node)
    return list(groups.values())

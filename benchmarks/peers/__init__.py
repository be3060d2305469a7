"""What a plant could put in Nexshift's place: each peer as its own documentation says to run it, over the same file.

These programs run in environments of their own (`benchmarks.peers.environments`), so nothing in here that a peer
imports may import the product.
"""

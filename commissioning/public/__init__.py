"""The public edition: what anybody may read of bodies that meet in public, without signing in."""

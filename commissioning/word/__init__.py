"""Papers that go out as Word documents and come back (product.md, "Word and back")."""

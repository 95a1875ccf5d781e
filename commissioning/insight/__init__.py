"""How long things take, where they wait and who holds them, from the service's own events; what to expect from that."""

"""What must hold of every row of the registry."""

"""What tells the next action: class shares, chains, networks, and the ladder of all of them."""

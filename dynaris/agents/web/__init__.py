"""Pages of the web that an agent reads while it researches, from hosts that its workspace named."""

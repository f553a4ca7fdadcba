"""What is read out of text or taken out of it: secrets, routes, masks, which lines belong together."""

"""What the console's own screens share: doing something for whoever is signed in, and saying what came of it."""

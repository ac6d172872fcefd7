"""What the locks bring in: their licences, a bill of materials, and what is known against them."""

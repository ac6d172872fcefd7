"""What the screens share: doors, markup, figures, and the pieces that more than one screen draws."""

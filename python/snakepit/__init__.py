"""The Python half of snakepit; imported as ``_snakepit``, so that no installed package hides it."""

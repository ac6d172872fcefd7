"""The queue, as Home and Live draw it."""

"""An agreement's life, worked out from its notices, without I/O."""

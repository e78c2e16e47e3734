"""Pure rules of protocols: their shape, planning, checking."""

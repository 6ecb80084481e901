"""Withdrawals: asked for, held, approved, settled or given back; what pays them on a chain is in `payouts`."""

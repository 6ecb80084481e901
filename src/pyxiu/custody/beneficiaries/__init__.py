"""Beneficiaries: the address book that withdrawals go to, each entry confirmed by a PIN that was mailed."""

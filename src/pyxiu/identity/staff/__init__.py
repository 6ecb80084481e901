"""What staff may do to users and rules, each action in one db transaction with its entry in the audit trail."""

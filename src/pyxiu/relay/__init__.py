"""Events for others: what the journal and the outbox tell, published to sinks, each at its own pace."""

"""The engine over a distance: frames of commands and outcomes, on a Unix socket or on gRPC."""

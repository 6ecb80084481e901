"""What the stream is plugged into: the API's authentication, order routes and words."""

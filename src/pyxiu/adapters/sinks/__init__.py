"""Where the relay publishes to: RabbitMQ, Amazon SQS and SNS, webhooks."""

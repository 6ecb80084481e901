"""All services of one machine as child processes of one parent that starts, watches and stops them."""

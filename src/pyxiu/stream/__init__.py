"""The stream: market data and members' events over WebSockets, and orders the other way, fed from the journal."""

"""The composition root: the only place that knows every module and wires them together."""

"""How much a planned study can show: what to collect, before it is collected."""

"""The key service: its own process and store; imports only vault, ledger and kernel."""

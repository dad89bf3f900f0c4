"""A client of the round program as the public Python kits are: typed from the published interface alone, with solders and
solana. It reads no IDL and shares no code with the Go packages, so that both can be wrong only in different ways."""

"""A client of the round program like the public Python kits: written from the published interface only, with solders and
solana. It reads no IDL and shares no code with the Go packages, so that the two cannot share a bug."""

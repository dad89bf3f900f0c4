// Command localnet serves a local Solana chain with decloud's programs on it,
// for the bots and tools of this machine:
//
//	go run ./examples/localnet
//
// It is a test ledger: one process, no consensus, everything final at once. Ctrl-C
// stops it and forgets everything, unless --ledger names a directory to keep it in.
package main

import "github.com/decloud-sdk/decloud-go/examples/localnet/cli"

func main() { cli.Main() }

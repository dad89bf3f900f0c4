// Command run creates, runs and joins runs: many members improve one model over
// many epochs, and a treasury pays them.
//
//	go run ./examples/run demo
//	go run ./examples/run demo --verification vote
//
// It has the commands of psyche-solana-client and run-manager, by their names and
// flags. See --help, and --help of each command.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/run/cli"
)

func main() { app.Main(cli.App()) }

// Command contest runs and joins contests of data: miners submit data sets, validators train an adapter of one base model on
// each and score it on a test, and rewards are paid by how many of the others a data set beats.
//
//	go run ./examples/contest demo
//	go run ./examples/contest standings --netuid 12
//
// Miner and validator have the flags of FLockDataset where they mean something here. See --help, and --help of each command.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/contest/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

func main() { app.Main(cli.App()) }

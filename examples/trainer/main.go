// Command trainer earns rewards: it finds rounds, trains their heads on data
// that stays on this machine, submits them, and claims.
//
//	go run ./examples/trainer start --dataset mnist --epochs 5
//
// It has the commands of the public decloud-trainer kit, by their names. See
// --help, and --help of each command.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/trainer/cli"
)

func main() { app.Main(cli.App()) }

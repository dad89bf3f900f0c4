// Command validator scores rounds: the base head of each, then every
// submission, and claims its part of the reward.
//
//	go run ./examples/validator start
//
// It has the commands of the public decloud-validator kit, by their names. See
// --help, and --help of each command.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/validator/cli"
)

func main() { app.Main(cli.App()) }

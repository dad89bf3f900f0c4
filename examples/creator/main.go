// Command creator puts up rounds: it makes a package of a trained model,
// publishes it, locks a reward, and closes the round when it is done.
//
//	go run ./examples/creator launch -m model.pt -d Cifar10 -r 0.5
//
// It has the commands of the public decloud-creator kit, by their names. See
// --help, and --help of each command.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/creator/cli"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
)

func main() { app.Main(cli.App()) }

// Command decloud-trainer is examples/trainer with all optional modules.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/cmd/internal/extras"
	"github.com/decloud-sdk/decloud-go/examples/trainer/cli"
)

func main() { extras.Main(cli.App()) }

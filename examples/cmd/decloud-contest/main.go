// Command decloud-contest is examples/contest with all optional modules.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/cmd/internal/extras"
	"github.com/decloud-sdk/decloud-go/examples/contest/cli"
)

func main() { extras.Main(cli.App()) }

// Command decloud-run is examples/run with all optional modules.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/cmd/internal/extras"
	"github.com/decloud-sdk/decloud-go/examples/run/cli"
)

func main() { extras.Main(cli.App()) }

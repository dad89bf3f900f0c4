// Command decloud-creator is examples/creator with all optional modules.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/cmd/internal/extras"
	"github.com/decloud-sdk/decloud-go/examples/creator/cli"
)

func main() { extras.Main(cli.App()) }

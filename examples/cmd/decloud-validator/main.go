// Command decloud-validator is examples/validator with all optional modules.
package main

import (
	"github.com/decloud-sdk/decloud-go/examples/cmd/internal/extras"
	"github.com/decloud-sdk/decloud-go/examples/validator/cli"
)

func main() { extras.Main(cli.App()) }

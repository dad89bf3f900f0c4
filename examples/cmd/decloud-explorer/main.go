// Command decloud-explorer is examples/explorer.
package main

import "github.com/decloud-sdk/decloud-go/examples/explorer/cli"

func main() { cli.Main() }

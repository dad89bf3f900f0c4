// Command decloud-localnet is examples/localnet.
package main

import "github.com/decloud-sdk/decloud-go/examples/localnet/cli"

func main() { cli.Main() }

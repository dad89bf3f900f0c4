// Command decloud-gateway is examples/gateway.
package main

import "github.com/decloud-sdk/decloud-go/examples/gateway/cli"

func main() { cli.Main() }

// Command explorer serves a page on this machine that shows rounds and runs as they happen.
package main

import "github.com/decloud-sdk/decloud-go/examples/explorer/cli"

func main() { cli.Main() }

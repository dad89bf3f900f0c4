// Command gateway publishes a directory on this machine the way IPFS gateways
// do, so that curl, a browser or anybody's program can read it by its CID:
//
//	go run ./examples/gateway -add ./model-package
//	curl 'http://127.0.0.1:8080/ipfs/<cid>?format=car' > package.car
//	curl  http://127.0.0.1:8080/ipfs/<cid>/config.json
package main

import "github.com/decloud-sdk/decloud-go/examples/gateway/cli"

func main() { cli.Main() }

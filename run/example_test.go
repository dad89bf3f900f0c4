package run_test

import (
	"context"
	"fmt"
	"log"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/run"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// What happened in a run, the newest first.
func ExampleClient_Events() {
	ctx := context.Background()
	net, err := localnet.Start(localnet.InProcess())
	must(err)
	defer net.Close()
	key, err := chain.NewKeypair()
	must(err)
	must(net.Fund(key.PublicKey(), 100*chain.LamportsPerSOL))
	onChain, err := chain.NewClient(chain.Config{RPC: net.RPC(), Signer: key})
	must(err)
	c, err := run.NewClient(run.Config{Chain: onChain})
	must(err)
	r, _, err := c.CreateRun(ctx, run.Spec{ID: "my-run"})
	must(err)
	_, err = c.UpdateModel(ctx, r, run.Digest{7})
	must(err)

	for receipt, err := range c.Events(ctx, "my-run", chain.History{}) {
		must(err)
		for _, event := range receipt.Events {
			switch e := event.(type) {
			case run.ModelUpdated:
				fmt.Printf("a new model, %x…\n", e.Model[:2])
			case run.RunCreated:
				fmt.Println("the run", e.RunID)
			}
		}
	}
	// Output:
	// a new model, 0700…
	// the run my-run
}

package chain_test

import (
	"fmt"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"

	"github.com/decloud-sdk/decloud-go/chain"
)

// What came in since the last look.
func ExampleClient_History() {
	net, client := demo()
	defer net.Close()
	seen := solana.Signature{} // of a reading before; a bot keeps it in a file
	for day := range uint64(3) {
		_, err := client.Send(ctx, []solana.Instruction{system.NewTransferInstruction(sol+day, client.Wallet(), stall).Build()})
		must(err)
		var newest solana.Signature
		for receipt, err := range client.History(ctx, stall, chain.History{Since: seen}) {
			if err != nil && !receipt.Signature.IsZero() {
				continue // this one could not be read
			}
			must(err)
			fmt.Println("day", day, "a fee of", receipt.Fee)
			if newest.IsZero() {
				newest = receipt.Signature
			}
		}
		seen = newest
	}
	// Output:
	// day 0 a fee of 5000
	// day 1 a fee of 5000
	// day 2 a fee of 5000
}

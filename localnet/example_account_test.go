package localnet_test

import (
	"context"
	"fmt"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/localnet"
)

// An account of any content, without a transaction: what a program left behind,
// or an attacker.
func ExampleNetwork_SetAccount() {
	net, err := localnet.Start(localnet.InProcess())
	if err != nil {
		panic(err)
	}
	defer net.Close()

	key := solana.NewWallet().PublicKey()
	err = net.SetAccount(key, localnet.Account{Lamports: 2_000_000, Data: []byte("left behind"), Owner: net.ProgramID()})
	if err != nil {
		panic(err)
	}
	account, found := net.Account(key)
	fmt.Println(found, string(account.Data), account.Owner == net.ProgramID())
	// Output: true left behind true
}

// What a test tried can be undone: accounts, slots and the clock go back.
func ExampleNetwork_Restore() {
	net, err := localnet.Start(localnet.InProcess())
	if err != nil {
		panic(err)
	}
	defer net.Close()

	wallet := solana.NewWallet().PublicKey()
	before := net.Snapshot()
	if err := net.Fund(wallet, solana.LAMPORTS_PER_SOL); err != nil {
		panic(err)
	}
	_, found := net.Account(wallet)
	fmt.Println(found)
	if err := net.Restore(before); err != nil {
		panic(err)
	}
	_, found = net.Account(wallet)
	fmt.Println(found)
	// Output:
	// true
	// false
}

// Several transactions share a block, which is made by hand; the leader of the next two
// slots is away.
func ExampleNetwork_ProduceBlock() {
	net, err := localnet.Start(localnet.InProcess(), localnet.Empty(), localnet.WithSlotTransactions(-1), localnet.WithSlotTime(-1))
	if err != nil {
		panic(err)
	}
	defer net.Close()

	for range 3 {
		if err := net.Fund(solana.NewWallet().PublicKey(), solana.LAMPORTS_PER_SOL); err != nil {
			panic(err)
		}
	}
	first := net.ProduceBlock()
	net.SkipSlots(2)
	last := net.ProduceBlock()

	block, err := net.RPC().GetBlock(context.Background(), first)
	if err != nil {
		panic(err)
	}
	slots, err := net.RPC().GetBlocks(context.Background(), first, &last, "")
	fmt.Println(len(block.Transactions), slots, err)
	// Output: 3 [1 2 5] <nil>
}

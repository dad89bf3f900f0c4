package localnet_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// In a test, New(t) does the same in one line and closes the chain with the
// test.
func ExampleStart() {
	net, err := localnet.Start(localnet.InProcess())
	if err != nil {
		panic(err)
	}
	defer net.Close()

	wallet := solana.NewWallet().PublicKey()
	if err := net.Fund(wallet, 3*solana.LAMPORTS_PER_SOL); err != nil {
		panic(err)
	}
	balance, err := net.RPC().GetBalance(context.Background(), wallet, rpc.CommitmentConfirmed)
	if err != nil {
		panic(err)
	}
	fmt.Println(balance.Value, net.ProgramID())
	// Output: 3000000000 DCLDgP6xHuVmcKuGvAzKEkrbSYHApp9568JhVoXsF2Hh
}

// A client of the round program over HTTP and WebSocket, as on any network.
func ExampleNetwork_URL() {
	net, err := localnet.Start()
	if err != nil {
		panic(err)
	}
	defer net.Close()

	client, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "test", RPC: net.URL(), WS: net.WSURL()}})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	rounds, err := round.NewClient(round.Config{Chain: client})
	if err != nil {
		panic(err)
	}
	counter, err := rounds.Counter(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Println("rounds so far:", counter.Count)
	// Output: rounds so far: 0
}

// Half a day passes without waiting.
func ExampleNetwork_Warp() {
	start := time.Unix(1_800_000_000, 0)
	net, err := localnet.Start(localnet.InProcess(), localnet.WithClock(func() time.Time { return start }))
	if err != nil {
		panic(err)
	}
	defer net.Close()

	before := net.Snapshot()
	net.Warp(12 * time.Hour)
	fmt.Println(net.Now().Sub(start))
	if err := net.Restore(before); err != nil {
		panic(err)
	}
	fmt.Println(net.Now().Sub(start))
	// Output:
	// 12h0m0s
	// 0s
}

package chain_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
)

var ctx = context.Background()

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A chain in this process, and a client for a wallet that has 10 SOL on it.
func demo() (*localnet.Network, *chain.Client) {
	net, err := localnet.Start(localnet.InProcess(), localnet.Empty(), localnet.WithProgram(echoID, echoELF()))
	must(err)
	key, err := chain.NewKeypair()
	must(err)
	must(net.Fund(key.PublicKey(), 10*sol))
	client, err := chain.NewClient(chain.Config{RPC: net.RPC(), Signer: key})
	must(err)
	return net, client
}

// Paying somebody, and what it cost.
func ExampleClient_Send() {
	net, client := demo()
	defer net.Close()
	friend := solana.MustPublicKeyFromBase58("4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM")

	receipt, err := client.Send(ctx, []solana.Instruction{
		system.NewTransferInstruction(1_500_000_000, client.Wallet(), friend).Build(),
	})
	must(err)
	has, err := client.Balance(ctx, friend)
	must(err)
	fmt.Println(has, "lamports, for a fee of", receipt.Fee)
	// Output: 1500000000 lamports, for a fee of 5000
}

// ErrFull is the meaning of code 42 of somebody else's program.
var ErrFull = errors.New("the game is full: look for another one")

// A program's package tells the client what its codes mean.
func ExampleClient_Register() {
	net, client := demo()
	defer net.Close()
	client.Register(chain.Program{ID: echoID, Name: "game", Errors: func(code uint32) error {
		if code == 42 {
			return ErrFull
		}
		return chain.AnchorError(code) // if it is one of Anchor's kind
	}})

	_, err := client.Send(ctx, []solana.Instruction{echo(42)}) // a program that answers 42
	fmt.Println(errors.Is(err, ErrFull))
	fmt.Println(err)
	var refusal *chain.ProgramError
	if errors.As(err, &refusal) {
		fmt.Println("instruction", refusal.Instruction, "of", refusal.Program)
	}
	// Output:
	// true
	// the game is full: look for another one
	// instruction 0 of Echo111111111111111111111111111111111111111
}

// Trying a transaction costs nothing and signs nothing.
func ExampleClient_Simulate() {
	net, client := demo()
	defer net.Close()
	too := system.NewTransferInstruction(100*sol, client.Wallet(), echoID).Build()
	_, err := client.Simulate(ctx, too)
	fmt.Println(errors.Is(err, chain.ErrInsufficientFunds))
	// Output: true
}

func ExampleDeriveAddress() {
	player := solana.MustPublicKeyFromBase58("4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM")
	fmt.Println(chain.DeriveAddress(echoID, []byte("score"), player[:]))
	// Output: BMa6EeQxqtjAaXdqdhVCkLTSwLo6gh1VC9qwtKh1ugWQ
}

// A key as solana-keygen writes it. Only its address shows, however it is printed.
func ExampleParseKeypair() {
	key, err := chain.ParseKeypair("1GMkH3brNXiNNs1tiFZHu4yZSRrzJwxi5wB9bHFtMikjwpAW9DMZzU2Pqakc5it8X3N5vPmqdN7KF4CCUpmKhq")
	must(err)
	fmt.Printf("%v %#v\n", key, *key)
	_, err = chain.ParseKeypair("[1, 2, 3]")
	fmt.Println(err)
	// Output:
	// Keypair(FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF) Keypair(FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF)
	// chain: keypair: 3 bytes, not 64
}

func ExampleNewKeypair() {
	key, err := chain.NewKeypair()
	must(err)
	must(key.Save("/tmp/never-mind/id.json")) // 0600; never overwrites
	fmt.Println(key)                          // only the address, however it is printed
}

// Finding accounts by their bytes, decoded as they arrive.
func ExampleScan() {
	net, client := demo()
	defer net.Close()
	for n, text := range []string{"score 7", "score 9", "name Ann"} {
		must(net.SetAccount(solana.PublicKey{byte(n + 1)}, localnet.Account{Lamports: sol, Owner: echoID, Data: []byte(text)}))
	}
	scores := chain.Query{Program: echoID, Filters: []chain.Filter{{Offset: 0, Bytes: []byte("score ")}}}
	found, _, err := chain.Scan(ctx, client, scores, func(a chain.Account) (string, error) {
		return string(a.Data[6:]), nil
	})
	must(err)
	fmt.Println(len(found), "scores")
	// Output: 2 scores
}

func ExampleClient_Watch() {
	net, client := demo()
	defer net.Close()
	must(net.SetAccount(solana.PublicKey{1}, localnet.Account{Lamports: sol, Owner: echoID, Data: []byte("score 7")}))
	for change, err := range client.Watch(ctx, chain.Watch{Query: chain.Query{Program: echoID}}) {
		if err != nil {
			continue // it tries again by itself
		}
		fmt.Println(string(change.Account.Data))
		break // a bot goes on
	}
	// Output: score 7
}

// From a keypair and an ELF to a program that runs.
func ExampleClient_Deploy() {
	net, client := demo()
	defer net.Close()
	key, err := chain.NewKeypair() // the program's address is that of its key
	must(err)
	deployment := chain.Deployment{Key: key, ELF: echoELF()}
	plan, err := client.PlanDeploy(ctx, deployment)
	must(err)
	fmt.Println(plan.Action, "for", plan.Fees, "lamports of fees")
	must(client.Deploy(ctx, deployment))
	_, err = client.Send(ctx, []solana.Instruction{solana.NewInstruction(key.PublicKey(), nil, []byte{0})})
	fmt.Println("it runs:", err == nil)
	// Output:
	// deploy for 20000 lamports of fees
	// it runs: true
}

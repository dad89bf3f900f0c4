package round_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

var ctx = context.Background()

// demo is a local chain and a client for each of the actors; in real life every
// one of them runs on a machine of its own.
type demo struct {
	net *localnet.Network
}

func newDemo() *demo {
	net, err := localnet.Start(localnet.InProcess(), localnet.Empty(), localnet.WithProgram(round.LocalProgram, round.Program()))
	must(err)
	d := &demo{net}
	_, err = d.actor().Initialize(ctx)
	must(err)
	return d
}

func (d *demo) actor() *round.Client {
	key, err := chain.NewKeypair()
	must(err)
	must(d.net.Fund(key.PublicKey(), 100*sol))
	onChain, err := chain.NewClient(chain.Config{RPC: d.net.RPC(), Signer: key})
	must(err)
	c, err := round.NewClient(round.Config{Chain: onChain})
	must(err)
	return c
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleNewClient() {
	// A wallet as solana-keygen makes it; the program's id is that of the
	// deployment that you trust.
	key, err := chain.LoadKeypair("/home/me/.config/solana/id.json")
	if err != nil {
		fmt.Println("no wallet:", errors.Is(err, chain.ErrKeypair))
		return
	}
	client, err := chain.NewClient(chain.Config{Network: chain.Devnet(), Signer: key, PriorityFee: 10_000})
	must(err)
	defer client.Close()
	rounds, err := round.NewClient(round.Config{Chain: client, Program: solana.MustPublicKeyFromBase58("…")})
	must(err)
	_, err = rounds.CreateTrainerProfile(ctx)
	must(err)
	// Output: no wallet: true
}

// What a creator does: it sets the terms and locks the reward.
func ExampleClient_CreateRound() {
	d := newDemo()
	defer d.net.Close()
	creator := d.actor()

	parameters, err := creator.Parameters(ctx)
	must(err)
	now, err := creator.Chain().Now(ctx) // deadlines go by the chain's clock
	must(err)
	options := parameters.Options(now)
	options.Deadline = now.Add(6 * time.Hour)
	options.MinPrevalidations, options.MinPostvalidations = 3, 3

	id, receipt, err := creator.CreateRound(ctx, round.Spec{
		ModelCID: modelCID, Dataset: 2, Reward: 500_000_000, Options: &options,
	})
	must(err)
	fmt.Println("round", id, "fee", receipt.Fee)
	for _, event := range receipt.Events {
		if e, ok := event.(round.RoundCreated); ok {
			fmt.Println("locked", e.Reward, "for", e.Dataset)
		}
	}
	// Output:
	// round 0 fee 5000
	// locked 500000000 for Dataset(2)
}

func ExampleClient_CancelRound() {
	d := newDemo()
	defer d.net.Close()
	creator, validator := d.actor(), d.actor()
	id, _, err := creator.CreateRound(ctx, aRound)
	must(err)
	_, err = validator.Prevalidate(ctx, id, 7310)
	must(err)
	_, err = creator.CancelRound(ctx, id)
	if errors.Is(err, round.ErrRoundHasParticipants) {
		fmt.Println("too late: somebody took part")
	}
	// Output: too late: somebody took part
}

// The whole flow, one call after the other.
func Example() {
	d := newDemo()
	defer d.net.Close()
	creator, validator, trainer := d.actor(), d.actor(), d.actor()

	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: 2, Reward: sol})
	must(err)
	_, err = validator.Prevalidate(ctx, id, 7310) // the base model: 73.10 %
	must(err)
	_, err = trainer.CreateTrainerProfile(ctx) // once in a trainer's life
	must(err)
	_, err = trainer.SubmitGradient(ctx, id, gradientCID(1))
	must(err)
	_, err = validator.Postvalidate(ctx, id, trainer.Wallet(), 8512)
	must(err)
	_, err = creator.FinalizeRound(ctx, id)
	must(err)

	for _, claim := range []func() (round.Receipt, error){
		func() (round.Receipt, error) { return trainer.ClaimTrainer(ctx, id) },
		func() (round.Receipt, error) { return validator.ClaimValidatorPre(ctx, id) },
		func() (round.Receipt, error) { return validator.ClaimValidatorPost(ctx, id, trainer.Wallet()) },
		func() (round.Receipt, error) { return creator.WithdrawRemainder(ctx, id) },
	} {
		receipt, err := claim()
		must(err)
		for _, event := range receipt.Events {
			switch e := event.(type) {
			case round.TrainerRewardClaimed:
				fmt.Println("trainer:", e.Amount)
			case round.ValidatorRewardClaimed:
				fmt.Println("validator:", e.Type, e.Amount)
			case round.RemainderWithdrawn:
				fmt.Println("creator:", e.Amount)
			}
		}
	}
	// Output:
	// trainer: 882000000
	// validator: pre 49000000
	// validator: post 49000000
	// creator: 0
}

func ExampleClient_ForceFinalize() {
	d := newDemo()
	defer d.net.Close()
	creator, anyone := d.actor(), d.actor()
	id, _, err := creator.CreateRound(ctx, aRound)
	must(err)
	_, err = anyone.ForceFinalize(ctx, id)
	fmt.Println("before the deadline:", errors.Is(err, round.ErrTooEarly))
	d.net.Warp(13 * time.Hour)
	_, err = anyone.ForceFinalize(ctx, id)
	fmt.Println("after it:", err)
	// Output:
	// before the deadline: true
	// after it: <nil>
}

func ExampleClient_SettleRating() {
	d := newDemo()
	defer d.net.Close()
	creator, validator, trainer := d.actor(), d.actor(), d.actor()
	id, _, err := creator.CreateRound(ctx, aRound)
	must(err)
	_, err = validator.Prevalidate(ctx, id, 7310)
	must(err)
	// Two instructions in one transaction.
	_, err = trainer.Send(ctx,
		round.CreateTrainerProfile{Trainer: trainer.Wallet()},
		round.SubmitGradient{RoundID: id, GradientCID: gradientCID(1), Trainer: trainer.Wallet()})
	must(err)
	_, err = validator.Postvalidate(ctx, id, trainer.Wallet(), 4120)
	must(err)
	_, err = creator.FinalizeRound(ctx, id)
	must(err)
	_, err = validator.SettleRating(ctx, id, trainer.Wallet()) // anybody may
	must(err)
	profile, err := validator.Profile(ctx, trainer.Wallet())
	must(err)
	fmt.Println(profile.Stars)
	// Output: 4.99 ★
}

func ExampleClient_Rounds() {
	d := newDemo()
	defer d.net.Close()
	creator := d.actor()
	for reward := range uint64(3) {
		_, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Dataset: 2, Reward: (reward + 1) * sol})
		must(err)
	}
	open, err := creator.Rounds(ctx, round.Filter{
		Status: []round.Status{round.Active}, Dataset: []round.Dataset{2}, MinReward: 2 * sol,
	})
	must(err)
	for _, r := range open {
		fmt.Println(r.ID, r.Status, r.Reward)
	}
	// Output:
	// 1 active 2000000000
	// 2 active 3000000000
}

func ExampleClient_Watch() {
	d := newDemo()
	defer d.net.Close()
	creator, trainer := d.actor(), d.actor()
	_, _, err := creator.CreateRound(ctx, aRound)
	must(err)
	for change, err := range trainer.Watch(ctx, round.Watch{Gradients: true}) {
		if err != nil {
			continue // Watch tries again by itself
		}
		if r := change.Round; r != nil {
			fmt.Println("round", r.ID, "is", r.Status)
			break // a bot goes on
		}
	}
	// Output: round 0 is active
}

// What happened in a round, the newest first.
func ExampleClient_Events() {
	d := newDemo()
	defer d.net.Close()
	creator, validator := d.actor(), d.actor()
	id, _, err := creator.CreateRound(ctx, aRound)
	must(err)
	_, err = validator.Prevalidate(ctx, id, 7310)
	must(err)
	for receipt, err := range creator.Events(ctx, id, chain.History{}) {
		must(err)
		for _, event := range receipt.Events {
			switch e := event.(type) {
			case round.Prevalidated:
				fmt.Println("the base model scored", e.Accuracy)
			case round.RoundCreated:
				fmt.Println("a round for", e.Reward, "lamports")
			}
		}
	}
	// Output:
	// the base model scored 7310
	// a round for 1000000000 lamports
}

// Scores that nobody can copy: committed first, revealed later.
func ExampleClient_CommitValidation() {
	d := newDemo()
	defer d.net.Close()
	creator, validator := d.actor(), d.actor()
	now, err := creator.Chain().Now(ctx)
	must(err)
	options := round.Options{Deadline: now.Add(6 * time.Hour), ValidationWindow: time.Hour, CommitWindow: 10 * time.Minute,
		MinPrevalidations: 1, MinPostvalidations: 1, CommitReveal: true}
	id, _, err := creator.CreateRound(ctx, round.Spec{ModelCID: modelCID, Reward: sol, Options: &options})
	must(err)

	_, err = validator.CommitValidation(ctx, id, round.BaseModel, 7310)
	must(err)
	d.net.Warp(10 * time.Minute)
	_, err = validator.Reveal(ctx, id, round.BaseModel) // the wallet is all it needs
	must(err)
	score, err := creator.PreValidation(ctx, id, validator.Wallet())
	must(err)
	fmt.Println(score.Accuracy)
	// Output: 7310
}

func ExampleClient_AddStake() {
	d := newDemo()
	defer d.net.Close()
	validator := d.actor()
	_, err := validator.AddStake(ctx, 3*sol)
	must(err)
	_, err = validator.RequestUnstake(ctx, sol)
	must(err)
	_, err = validator.WithdrawStake(ctx)
	fmt.Println("at once:", errors.Is(err, round.ErrStakeLocked))
	d.net.Warp(24 * time.Hour)
	_, err = validator.WithdrawStake(ctx)
	fmt.Println("a day later:", err)
	// Output:
	// at once: true
	// a day later: <nil>
}

func ExampleClient_UpdateProtocol() {
	d := newDemo()
	defer d.net.Close()
	stranger := d.actor()
	parameters, err := stranger.Parameters(ctx)
	must(err)
	parameters.FeeBps = 0
	_, err = stranger.UpdateProtocol(ctx, parameters, round.LocalTreasury)
	fmt.Println(errors.Is(err, chain.ErrConstraintHasOne))
	// Output: true
}

func ExampleCode() {
	d := newDemo()
	defer d.net.Close()
	_, err := d.actor().CreateTrainerProfile(ctx)
	must(err)
	creator := d.actor()
	id, _, err := creator.CreateRound(ctx, aRound)
	must(err)
	_, err = creator.Prevalidate(ctx, id, 10_000)
	var code round.Code
	if errors.As(err, &code) {
		fmt.Println(errors.Is(err, round.ErrConflictOfInterest), code.Name(), uint32(code))
	}
	// Output: true ConflictOfInterest 6018
}

// Deploying the program to a network, once.
func ExampleClient_Initialize() {
	program, err := chain.LoadKeypair("program.json")
	must(err)
	owner, err := chain.LoadKeypair("owner.json")
	must(err)
	client, err := chain.NewClient(chain.Config{Network: chain.Devnet(), Signer: owner})
	must(err)
	defer client.Close()
	must(client.Deploy(ctx, chain.Deployment{Key: program, ELF: round.Program()}))
	rounds, err := round.NewClient(round.Config{Chain: client, Program: program.PublicKey()})
	must(err)
	_, err = rounds.Initialize(ctx)
	must(err)
}

func ExampleClient_Simulate() {
	d := newDemo()
	defer d.net.Close()
	trainer := d.actor()
	_, err := trainer.Simulate(ctx, round.CreateTrainerProfile{Trainer: trainer.Wallet()})
	fmt.Println(err)
	_, err = trainer.Simulate(ctx, round.WithdrawStake{Validator: trainer.Wallet()})
	fmt.Println(errors.Is(err, chain.ErrAccountNotInitialized))
	// Output:
	// <nil>
	// true
}

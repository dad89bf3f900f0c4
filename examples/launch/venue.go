package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/programs/system"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// venue is where the round is played: a chain in this process, or a given one.
type venue struct {
	network chain.Network
	header  chain.Header // for its node
	program solana.PublicKey
	// poll is how often the players look; changes come over the websocket
	// anyway.
	poll time.Duration
	// pocket is what a wallet starts with, lamports: fees and rent, and for the
	// creator the reward.
	pocket map[string]uint64
	fund   func(ctx context.Context, wallets map[solana.PublicKey]uint64) error
	payer  *chain.Keypair // gets back what the wallets have left; nil: nobody
	close  func() error
	own    *localnet.Network // in this process, so that its clock can be moved; nil: somebody else's
}

// openChain starts a chain, or reaches for the one that the flags name.
func openChain(o options, s *story) (*venue, error) {
	if o.rpc == "" {
		return startChain(s)
	}
	c := &venue{
		network: chain.Network{Name: "launch", RPC: o.rpc, WS: o.ws}, program: o.program,
		poll:   2 * time.Second,
		pocket: map[string]uint64{roleCreator: prize + 50_000_000, roleValidator: 50_000_000, roleTrainer: 50_000_000},
	}
	var err error
	if c.header, err = node.Header(os.Getenv); err != nil {
		return nil, err
	}
	cfg := chain.Config{Network: c.network, Header: c.header}
	if o.payer != "" {
		if c.payer, err = chain.LoadKeypair(o.payer); err != nil {
			return nil, err
		}
		cfg.Signer = c.payer
	}
	client, err := chain.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	c.close = client.Close
	c.fund = func(ctx context.Context, wallets map[solana.PublicKey]uint64) error {
		if c.payer == nil {
			return airdrop(ctx, client, wallets)
		}
		var transfers []solana.Instruction
		for to, lamports := range wallets {
			transfers = append(transfers, transfer(c.payer.PublicKey(), to, lamports))
		}
		_, err := client.Send(ctx, transfers)
		return err
	}
	s.Tell("chain", "the round program is at %s", c.program)
	return c, nil
}

// startChain starts a chain in this process; players reach it over its ports.
func startChain(s *story) (*venue, error) {
	net, err := localnet.Start()
	if err != nil {
		return nil, err
	}
	s.Tell("chain", "a local test chain runs the round program at %s", net.ProgramID())
	s.detail("chain", "JSON-RPC %s, WebSocket %s", net.URL(), net.WSURL())
	return &venue{
		network: chain.Network{Name: "launch", RPC: net.URL(), WS: net.WSURL()}, program: net.ProgramID(),
		poll:   250 * time.Millisecond,
		pocket: map[string]uint64{roleCreator: 5_000_000_000, roleValidator: 5_000_000_000, roleTrainer: 5_000_000_000},
		fund: func(_ context.Context, wallets map[solana.PublicKey]uint64) error {
			for to, lamports := range wallets {
				if err := net.Fund(to, lamports); err != nil {
					return err
				}
			}
			return nil
		},
		close: net.Close, own: net,
	}, nil
}

// transfer pays lamports to somebody.
func transfer(from, to solana.PublicKey, lamports uint64) solana.Instruction {
	return system.NewTransferInstruction(lamports, from, to).Build()
}

// airdrop has a test network's faucet fund the players.
func airdrop(ctx context.Context, client *chain.Client, wallets map[solana.PublicKey]uint64) error {
	for to, lamports := range wallets {
		if _, err := client.Airdrop(ctx, to, lamports); err != nil {
			return fmt.Errorf("this network's faucet gives nothing, so fund the players by --payer: %w", err)
		}
	}
	return nil
}

// sweep gives what the players have left back to the payer, also after a
// failure.
func (c *venue) sweep(ctx context.Context, players cast) error {
	if c.payer == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	const fee = 5000
	var faults []error
	for _, p := range players.all() {
		client := p.client.Chain
		balance, err := client.Balance(ctx, p.wallet.PublicKey())
		if err == nil && balance > fee {
			_, err = client.Send(ctx, []solana.Instruction{transfer(p.wallet.PublicKey(), c.payer.PublicKey(), balance-fee)})
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s keeps what it has: %w", p.name, err))
		}
	}
	return errors.Join(faults...)
}

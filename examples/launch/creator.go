package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
	"github.com/decloud-sdk/decloud-go/examples/launch/model"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// create plays the creator: it builds the package, puts up the reward, closes
// the round when every head has its scores, and takes back what nobody earned.
func create(ctx context.Context, s *story, net *venue, players cast, digits dataset.Sets) (report, error) {
	me := players.creator
	pkg, split, err := build(ctx, s, digits)
	if err != nil {
		return report{}, err
	}
	counter, err := me.client.Rounds.Counter(ctx)
	if err != nil {
		return report{}, err
	}
	treasury := counter.Treasury // nobody else may use it meanwhile: fees are what it has more in the end
	feesBefore, err := me.client.Chain.Balance(ctx, treasury)
	if err != nil {
		return report{}, err
	}
	launched, err := me.client.Launch(ctx, decloud.LaunchOptions{Package: pkg, Reward: prize, Open: true})
	if err != nil {
		return report{}, err
	}
	s.Tell(me.name, "publishes the package and locks %s SOL in round %d", chain.FormatSOL(prize), launched.RoundID)
	s.detail(me.name, "%s, transaction %s", launched.CID, launched.Receipt.Signature)

	c := closing{ctx: ctx, s: s, me: me, poll: net.poll, players: players, id: launched.RoundID}
	if err := c.finalize(); err != nil {
		return report{}, err
	}
	remainder, err := c.withdraw()
	if err != nil {
		return report{}, err
	}
	feesAfter, err := me.client.Chain.Balance(ctx, treasury)
	if err != nil {
		return report{}, err
	}
	r := report{Network: networkInfo{RPC: node.ShowURL(net.network.RPC), WebSocket: node.ShowURL(net.network.WS), ProgramID: net.program.String()}}
	r.Round.HeadShare, r.Round.Signature = split.Ratio, launched.Receipt.Signature.String()
	err = c.account(&r, remainder, feesAfter-feesBefore)
	return r, err
}

// build makes the package of the PyTorch model.
func build(ctx context.Context, s *story, digits dataset.Sets) (*packagefmt.Package, packagefmt.Report, error) {
	m, err := packagefmt.LoadPyTorch(bytes.NewReader(model.Digits), int64(len(model.Digits)), packagefmt.PyTorchOptions{})
	if err != nil {
		return nil, packagefmt.Report{}, err
	}
	pkg, split, err := packagefmt.Build(ctx, m, digits.Test, packagefmt.BuildOptions{
		Dataset:       dataset.Mnist,
		Preprocessing: packagefmt.Preprocessing{Shape: []int{1, 28, 28}, Mean: []float32{0.1307}, Std: []float32{0.3081}},
	})
	if err != nil {
		return nil, split, err
	}
	s.Tell("creator", "splits a PyTorch model of %d parameters: the head from layer %d on has %.1f %% of them",
		split.TotalParams, split.FirstLayer, 100*split.Ratio)
	for _, note := range split.Notes {
		s.Tell("creator", "note: %s", note)
	}
	return pkg, split, nil
}

// closing is the creator's part once the round is under way.
type closing struct {
	ctx     context.Context
	s       *story
	me      *player
	poll    time.Duration
	players cast
	id      uint64
}

// until looks at the round until done says so.
func (c closing) until(done func(*round.Round) (bool, error)) (*round.Round, error) {
	for {
		r, err := c.me.client.Rounds.Round(c.ctx, c.id)
		if err != nil {
			return nil, err
		}
		if ok, err := done(r); err != nil || ok {
			return r, err
		}
		select {
		case <-c.ctx.Done():
			return nil, context.Cause(c.ctx)
		case <-time.After(c.poll):
		}
	}
}

// finalize waits until every trainer's head has the score of every validator,
// and closes the round.
func (c closing) finalize() error {
	validators, trainers := len(c.players.validators), len(c.players.trainers)
	r, err := c.until(func(r *round.Round) (bool, error) {
		return int(r.Gradients) == trainers && int(r.Validations) == validators*(1+trainers), nil
	})
	if err != nil {
		return err
	}
	receipt, err := c.me.client.Rounds.FinalizeRound(c.ctx, c.id)
	if err != nil {
		return err
	}
	c.s.Tell(c.me.name, "closes round %d: base %s, improvements of %d.%02d points in all", c.id, rating.FormatAccuracy(r.BaseAccuracy),
		r.Improvement/100, r.Improvement%100)
	c.s.detail(c.me.name, "transaction %s", receipt.Signature)
	return nil
}

// withdraw waits until everybody has claimed and reported it, and takes what is
// left, which closes the vault.
func (c closing) withdraw() (remainder uint64, err error) {
	if _, err := c.until(c.allClaimed); err != nil {
		return 0, err
	}
	receipt, err := c.me.client.Rounds.WithdrawRemainder(c.ctx, c.id)
	if err != nil {
		return 0, err
	}
	for _, e := range receipt.Events {
		if e, ok := e.(round.RemainderWithdrawn); ok {
			remainder = e.Amount
		}
	}
	c.s.Tell(c.me.name, "takes back the remainder of %s SOL", chain.FormatSOL(remainder))
	c.s.detail(c.me.name, "transaction %s", receipt.Signature)
	if _, err := c.me.client.Rounds.Vault(c.ctx, c.id); !errors.Is(err, chain.ErrNotFound) {
		return 0, fmt.Errorf("the vault of round %d should be gone now that everybody was paid: %w", c.id, err)
	}
	return remainder, nil
}

func (c closing) allClaimed(r *round.Round) (bool, error) {
	vault, err := c.me.client.Rounds.Vault(c.ctx, c.id)
	if err != nil || vault.ValidatorClaims != r.Validations {
		return false, err
	}
	gradients, err := c.me.client.Rounds.Gradients(c.ctx, c.id)
	for _, g := range gradients {
		if !g.RewardClaimed || !g.RatingSettled {
			return false, err
		}
	}
	// A claim is on chain a moment before its worker reports it.
	return c.s.claimed() == int(r.Gradients)+int(r.Validations), err
}

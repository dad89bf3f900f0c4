package main

import (
	"fmt"
	"os"
	"path/filepath"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/launch/model"
	"github.com/decloud-sdk/decloud-go/storage"
)

// The roles of a round.
const (
	roleCreator   = "creator"
	roleValidator = "validator"
	roleTrainer   = "trainer"
)

// player is somebody who takes part. All that players share is the chain's
// address and a directory of CARs.
type player struct {
	name, role string
	dir        string // wallet, store, data: nobody else looks into it
	wallet     *chain.Keypair
	client     *decloud.Client
	data       *dataset.Memory // from the player's own file; nil for the creator
	attack     string          // what the player is up to; empty: nothing
}

// newPlayer makes a wallet, and opens a client of its own.
func newPlayer(net *venue, root, role, name string, spoil func(storage.Fetcher) storage.Fetcher) (*player, error) {
	p := &player{name: name, role: role, dir: filepath.Join(root, name)}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if p.wallet, err = chain.NewKeypair(); err != nil {
		return nil, err
	}
	if err := p.wallet.Save(filepath.Join(p.dir, "id.json")); err != nil {
		return nil, err
	}
	cars := storage.NewCARDir(filepath.Join(root, "cars"))
	var fetcher storage.Fetcher = cars
	if spoil != nil {
		fetcher = spoil(cars)
	}
	p.client, err = decloud.New(decloud.Config{
		Dir:   p.dir,
		Chain: chain.Config{Network: net.network, Header: net.header, Signer: p.wallet}, RoundProgram: net.program,
		Store: storage.Config{Fetchers: []storage.Fetcher{fetcher}, Pushers: []storage.Pusher{cars}, NoSync: true}, // it is temporary
	})
	return p, err
}

// give writes a player's samples to its own file, and has it read them there.
func (p *player) give(samples dataset.Described) error {
	dir := filepath.Join(p.dir, "data")
	if err := dataset.SaveIDX(dir, samples); err != nil {
		return fmt.Errorf("data of %s: %w", p.name, err)
	}
	var err error
	p.data, err = dataset.OpenIDXDir(dir, samples.Classes())
	return err
}

// flipped is a data set whose labels are wrong: what Mallory trains on. The
// worker that trains on it is like any other.
type flipped struct {
	dataset.Dataset
	classes int
}

// Sample returns the sample with the opposite label.
func (f flipped) Sample(i int, dst []float32) (int, error) {
	label, err := f.Dataset.Sample(i, dst)
	return f.classes - 1 - label, err
}

// cast is everybody.
type cast struct {
	creator    *player
	validators []*player
	trainers   []*player
}

func (c cast) all() []*player {
	return append(append([]*player{c.creator}, c.validators...), c.trainers...)
}

func (c cast) close() {
	for _, p := range c.all() {
		p.client.Close()
	}
}

// newCast makes the players, and gives each its own part of the digits.
func newCast(net *venue, root string, digits dataset.Sets, o options) (cast, error) {
	var c cast
	var err error
	if c.creator, err = newPlayer(net, root, roleCreator, "creator", nil); err != nil {
		return c, err
	}
	for _, name := range []string{"val-ada", "val-ben", "val-cleo"} {
		v, err := newPlayer(net, root, roleValidator, name, o.spoil)
		if err != nil {
			return c, err
		}
		if err := v.give(digits.Test); err != nil {
			return c, err
		}
		c.validators = append(c.validators, v)
	}
	names := []string{"alice", "bob", "carol", "mallory"}
	shares, err := privateShares(digits.Train, len(names), o.seed)
	if err != nil {
		return c, err
	}
	for i, name := range names {
		t, err := newPlayer(net, root, roleTrainer, name, o.spoil)
		if err != nil {
			return c, err
		}
		if err := t.give(shares[i]); err != nil {
			return c, err
		}
		c.trainers = append(c.trainers, t)
	}
	return c, nil
}

// privateShares divides what the base model has not seen into disjoint parts.
func privateShares(pool dataset.Dataset, parts int, seed uint64) ([]dataset.Described, error) {
	var unseen []int
	for i := model.Seen; i < pool.Len(); i++ {
		unseen = append(unseen, i)
	}
	rest, err := dataset.Subset(pool, unseen)
	if err != nil {
		return nil, err
	}
	shares, err := dataset.Shares(rest, parts, seed)
	if err != nil {
		return nil, err
	}
	described := make([]dataset.Described, parts)
	for i, s := range shares {
		described[i] = s.(dataset.Described)
	}
	return described, nil
}

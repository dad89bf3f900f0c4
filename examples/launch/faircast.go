package main

import (
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/launch/model"
)

// What the attackers of the fair round are up to.
const (
	guesses   = "guesses its scores"
	steals    = "submits what others submitted"
	memorises = "trains on the public test"
	manyNames = "has one head and three wallets"
)

// privateTest is how many of the test digits only the creator has, who seals them. The
// others are the public test.
const privateTest = 700

// fairTrainers are the trainers of a fair round in the order in which they submit, with
// their parts of the private digits.
var fairTrainers = []struct {
	name, attack string
	digits       int
}{
	{"alice", "", 150}, {"bob", "", 500}, {"carol", "", 1100},
	{"thief", steals, 0}, {"memoriser", memorises, 0},
	{"sybil-1", manyNames, 150}, {"sybil-2", manyNames, 0}, {"sybil-3", manyNames, 0},
}

// newFairCast makes the players of a fair round.
func newFairCast(net *venue, root string, digits dataset.Sets, o options) (c cast, err error) {
	public, _, err := splitTest(digits.Test)
	if err != nil {
		return c, err
	}
	if c.creator, err = newPlayer(net, root, roleCreator, "creator", nil); err != nil {
		return c, err
	}
	add := func(to *[]*player, role, name, attack string, data dataset.Described) error {
		p, err := newPlayer(net, root, role, name, o.spoil)
		if err != nil {
			return err
		}
		p.attack = attack
		*to = append(*to, p)
		if data == nil {
			return nil
		}
		return p.give(data)
	}
	for _, name := range []string{"val-ada", "val-ben", "val-cleo"} {
		if err := add(&c.validators, roleValidator, name, "", public); err != nil {
			return c, err
		}
	}
	if err := add(&c.validators, roleValidator, "val-eve", guesses, nil); err != nil {
		return c, err
	}
	shares, err := fairShares(digits.Train, o.seed)
	if err != nil {
		return c, err
	}
	shares["memoriser"], shares["sybil-2"], shares["sybil-3"] = public, shares["sybil-1"], shares["sybil-1"]
	for _, t := range fairTrainers {
		if err := add(&c.trainers, roleTrainer, t.name, t.attack, shares[t.name]); err != nil {
			return c, err
		}
	}
	return c, nil
}

// splitTest divides the test digits into those that everybody has and those that only
// the creator has.
func splitTest(test dataset.Dataset) (public, private dataset.Described, err error) {
	if public, err = between(test, 0, test.Len()-privateTest); err != nil {
		return nil, nil, err
	}
	private, err = between(test, test.Len()-privateTest, test.Len())
	return public, private, err
}

// between are the samples from first up to end.
func between(all dataset.Dataset, first, end int) (dataset.Described, error) {
	var some []int
	for i := first; i < end; i++ {
		some = append(some, i)
	}
	return subset(all, some)
}

func subset(all dataset.Dataset, samples []int) (dataset.Described, error) {
	part, err := dataset.Subset(all, samples)
	if err != nil {
		return nil, err
	}
	return part.(dataset.Described), nil
}

// fairShares gives trainers disjoint parts of what the base model has not seen.
func fairShares(pool dataset.Dataset, seed uint64) (map[string]dataset.Described, error) {
	rest, err := between(pool, model.Seen, pool.Len())
	if err != nil {
		return nil, err
	}
	mixed, err := dataset.Shares(rest, 1, seed)
	if err != nil {
		return nil, err
	}
	shares, first := map[string]dataset.Described{}, 0
	for _, t := range fairTrainers {
		if t.digits == 0 {
			continue
		}
		if shares[t.name], err = between(mixed[0], first, first+t.digits); err != nil {
			return nil, err
		}
		first += t.digits
	}
	return shares, nil
}

package decloud

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

const (
	// DefaultEpochSlots is for how many slots an epoch of a contest takes submissions, some 20 minutes: as long as 100
	// blocks of 12 s.
	DefaultEpochSlots = 3000
	// MaxEpochs is the largest number of an epoch.
	MaxEpochs = round.MaxEpoch
)

// ContestConfig describes a contest of data: epochs, one after the other, each a data round about the same package.
// Package, Reward and Epochs are required.
type ContestConfig struct {
	// Package is what the data is scored with, and has a task ([packagefmt.BuildOptions].Task). A contest is that of
	// one wallet about one package: its CID is the contest's name.
	Package *packagefmt.Package
	// Reward of each epoch in lamports, locked when the epoch is opened.
	Reward uint64
	// Epochs is how many there are in all, 1 to [MaxEpochs], those before a restart included.
	Epochs int
	// SubmissionSlots is for how many slots an epoch takes submissions, counted from when it is opened, of about
	// [round.SlotTime] each. Default: [DefaultEpochSlots], or no bound but Pace where that is set.
	SubmissionSlots uint32
	// Pace is that of each epoch. Default: quick, with as much time for submissions as SubmissionSlots take and half as
	// much again.
	Pace Pace
	// MinRating and Quorum are as in [LaunchOptions].
	MinRating rating.Stars
	Quorum    uint8
	// Change, if set, changes the terms of each epoch before it is opened: those of [Client.FairTerms] for a package with
	// a task, sealed and paid by the win rate. The last four digits of the bond are not its to choose: they are the
	// epoch's number.
	Change func(*Terms)
	// Poll is the pause between two looks at the chain. Default 5 s.
	Poll time.Duration
	// Observer is told what happens. It must not block.
	Observer func(ContestEvent)
	// Locks is as [trainer.Config].Locks: it keeps out another contest with the same wallet.
	Locks string
}

func (c ContestConfig) withDefaults() ContestConfig {
	if c.Pace == (Pace{}) {
		c.SubmissionSlots = cmp.Or(c.SubmissionSlots, DefaultEpochSlots)
		c.Pace = QuickPace()
		c.Pace.Opens = time.Minute
		slots := time.Duration(c.SubmissionSlots) * round.SlotTime
		c.Pace.Submit = max((slots + slots/2).Truncate(time.Second), submitting)
	}
	c.Poll = cmp.Or(c.Poll, 5*time.Second)
	if c.Observer == nil {
		c.Observer = func(ContestEvent) {}
	}
	return c
}

func (c ContestConfig) check() error {
	open := time.Duration(c.SubmissionSlots) * round.SlotTime
	switch {
	case c.Package == nil:
		return errors.New("decloud: ContestConfig.Package is nil: make one with packagefmt.Build")
	case c.Package.Config.Task == nil:
		return errors.New("decloud: ContestConfig.Package has no task, so that its rounds are about heads: set packagefmt.BuildOptions.Task")
	case c.Epochs < 1 || c.Epochs > MaxEpochs:
		return fmt.Errorf("decloud: ContestConfig.Epochs is %d: want 1 to %d", c.Epochs, MaxEpochs)
	case c.SubmissionSlots > 0 && open <= c.Pace.Opens:
		return fmt.Errorf("decloud: ContestConfig.SubmissionSlots of %d are over in %s, before Pace.Opens, %s, is: raise one or lower the other",
			c.SubmissionSlots, open, c.Pace.Opens)
	case c.Poll < 0:
		return errors.New("decloud: ContestConfig.Poll must not be negative")
	}
	return nil
}

// numbered is a bond of at least so many lamports that says which epoch it is of: its last four digits are the number, 0 in
// rounds that are no epoch. A number that is kept in the round outlasts the rounds before it, whose accounts are closed,
// and a creator that counts rounds after that would open too many.
func numbered(bond uint64, epoch int) uint64 {
	const unit = MaxEpochs + 1
	return (bond+unit-1)/unit*unit + uint64(epoch)
}

// EpochOf returns which epoch of the contest about a package a round is: 1, 2, …; 0 if it is none. The contest is that of the
// round's creator.
func EpochOf(r *round.Round, pkg cid.Cid) int {
	if r.ModelCID != pkg.String() {
		return 0
	}
	return r.Epoch()
}

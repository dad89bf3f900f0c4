package demo

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/packagefmt"
)

// Tasks are what a contest can be about.
var Tasks = []string{"digits", "text"}

// subject is what a contest is about.
type subject interface {
	// prepare makes the package and the test that validators have.
	prepare(ctx context.Context) (*packagefmt.Package, error)
	id() dataset.ID
	test() dataset.Dataset
	// write writes a miner's submission to an epoch into the new directory dir, and returns how many rows it has.
	write(dir, miner string, epoch int, seed uint64) (rows int, err error)
	// copied writes somebody else's submission with some rows changed.
	copied(dir string, from fs.FS, seed uint64) (rows int, err error)
}

// hider is a subject that can have a sealed test.
type hider interface {
	// hidden is a test that only the creator has.
	hidden(seed uint64) (dataset.Dataset, error)
}

func subjectOf(o Options) (subject, error) {
	switch o.Task {
	case "", Tasks[0]:
		if o.Holdout {
			return &digits{tests: fewTests}, nil
		}
		return &digits{tests: testSize}, nil
	case Tasks[1]:
		if o.Holdout {
			return nil, fmt.Errorf("a contest about %s has no sealed test here: leave out --holdout, or --task", o.Task)
		}
		return new(text), nil
	}
	return nil, fmt.Errorf("there is no task %q: want one of %s", o.Task, strings.Join(Tasks, ", "))
}

// The miners.
const (
	clean    = "clean"
	small    = "small"
	careless = "careless"
	offTopic = "off-topic"
	leaker   = "leaker"
	copier   = "copier"
	jitterer = "jitterer"
)

// role is a miner and what it does.
type role struct{ name, does string }

// castOf are all miners, in the order in which they submit to the first epoch.
func castOf(o Options) []role {
	all := []role{
		{clean, "collects clean data"},
		{small, "has little, and more in the second epoch"},
		{careless, "labels a third of its rows wrong"},
		{offTopic, "submits what is about something else"},
		{leaker, "submits the public test"},
	}
	if o.Task == Tasks[1] {
		all[2].does = "answers a third of its questions in other languages"
	}
	if o.Holdout {
		all[1].does = "has little"
		return append(all, role{jitterer, "submits the public test, each row changed until it is no copy"})
	}
	return append(all, role{copier, "submits what another did, with some rows changed"})
}

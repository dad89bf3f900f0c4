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
var Tasks = []string{"digits"}

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

func subjectOf(task string) (subject, error) {
	switch task {
	case "", Tasks[0]:
		return &digits{}, nil
	}
	return nil, fmt.Errorf("there is no task %q: want one of %s", task, strings.Join(Tasks, ", "))
}

// The miners, in the order in which they submit to the first epoch.
const (
	clean    = "clean"
	small    = "small"
	careless = "careless"
	offTopic = "off-topic"
	leaker   = "leaker"
	copier   = "copier"
)

// miners are all, with what each does.
var miners = []struct{ name, does string }{
	{clean, "collects clean data"},
	{small, "has little, and more in the second epoch"},
	{careless, "labels a third of its rows wrong"},
	{offTopic, "submits what is about something else"},
	{leaker, "submits the test"},
	{copier, "submits what another did, with some rows changed"},
}

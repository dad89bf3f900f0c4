// Package faults runs the apps of trainers and validators for long, in processes of their own, among faults that are drawn
// from a seed: kills, nodes that lie, lag or are gone, chains that come back empty, gateways that lie. It checks that
// nothing is lost, nothing done twice and everybody paid to the lamport, and that memory and goroutines do not grow.
package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/decloud-sdk/decloud-go/storage"
)

// Config configures a run.
type Config struct {
	Time       time.Duration // with faults; settling what is open comes after
	Seed       uint64        // of the faults and the rounds
	Trainers   int           // at least 1
	Validators int           // at least the quorum; one more, so that one of them may be down
	Quorum     uint8         // how many scores every model needs
	Dir        string        // for everything; it must be empty
	Apps       string        // directory of the apps; empty: they are built
	Out        io.Writer     // gets a line a minute
	Every      time.Duration // between these lines
}

const (
	nodes    = 3
	gateways = 3
	// cacheGB is the limit of the workers' stores: some twenty packages.
	cacheGB    = "0.01"
	cacheBytes = 10 << 20
	// pinned is what a store may hold beyond: heads that are pinned, files under way.
	pinned = 10 << 20
)

// soak is a run.
type soak struct {
	cfg      Config
	started  time.Time
	tally    tally
	nodes    []*node
	gateways []*gateway
	cars     []string // directories in which packages and heads are published
	actors   []*actor
	eras     int

	mu  sync.Mutex
	era *era // nil between two
}

// Run runs it. The error is about the run itself; what was found is in the report.
func Run(ctx context.Context, cfg Config) (Report, error) {
	s := newSoak(cfg)
	defer s.close()
	if cfg.Apps == "" {
		s.cfg.Apps = filepath.Join(cfg.Dir, "bin")
		if err := build(ctx, s.cfg.Apps); err != nil {
			return Report{}, err
		}
	}
	if err := s.setUp(); err != nil {
		return Report{}, err
	}
	if err := s.begin(ctx); err != nil {
		return Report{}, err
	}
	defer func() { _ = s.current().finish() }()
	s.started = time.Now()
	if err := s.run(ctx); err != nil {
		return Report{}, err
	}
	return s.report(), nil
}

func newSoak(cfg Config) *soak {
	return &soak{cfg: cfg, tally: tally{out: cfg.Out, counts: map[string]int{}, errs: map[string]int{}}}
}

// build builds the apps into a directory.
func build(ctx context.Context, dir string) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "./examples/trainer", "./examples/validator", "./examples/localnet")
	cmd.Dir = string(root[:len(root)-1])
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// setUp makes the nodes, the gateways and the apps.
func (s *soak) setUp() error {
	for range nodes {
		n, err := newNode()
		if err != nil {
			return err
		}
		s.nodes = append(s.nodes, n)
	}
	s.cars = []string{filepath.Join(s.cfg.Dir, "creators")}
	for i := range s.cfg.Trainers {
		s.cars = append(s.cars, filepath.Join(s.cfg.Dir, fmt.Sprintf("trainer-%d", i), "cars"))
	}
	var dirs []*storage.CARDir
	for _, dir := range s.cars {
		dirs = append(dirs, storage.NewCARDir(dir))
	}
	for range gateways {
		g, err := newGateway(dirs)
		if err != nil {
			return err
		}
		s.gateways = append(s.gateways, g)
	}
	return s.hire()
}

// hire sets the apps up.
func (s *soak) hire() error {
	data, err := shares(s.cfg.Dir, s.cfg.Trainers)
	if err != nil {
		return err
	}
	for i := range s.cfg.Trainers {
		a, err := s.newActor("trainer", i, "--datasets", "mnist", "--epochs", "1000", "--cache-gb", cacheGB, "--checkpoint-interval", "1", "--max-concurrent-rounds", "2", "--min-quorum", fmt.Sprint(s.cfg.Quorum))
		if err != nil {
			return err
		}
		if err := a.command("dataset", "set", "Mnist", data[i]); err != nil {
			return err
		}
		s.actors = append(s.actors, a)
	}
	for i := range s.cfg.Validators {
		a, err := s.newActor("validator", i, "--cache-gb", cacheGB)
		if err != nil {
			return err
		}
		s.actors = append(s.actors, a)
	}
	return nil
}

// run lets everything run: with faults, and then without them until everything is settled.
func (s *soak) run(ctx context.Context) error {
	work := []func(context.Context) error{s.watch, func(life context.Context) error {
		faulty, end := context.WithTimeout(life, s.cfg.Time)
		defer end()
		err := together(faulty, nil, s.launchAll, func(ctx context.Context) error { return s.inject(ctx, life) })
		if err != nil {
			return err
		}
		if err := s.drain(life); err != nil {
			return err
		}
		return errDone
	}}
	for _, a := range s.actors {
		work = append(work, a.run)
	}
	return together(ctx, errDone, work...)
}

// errDone says that a run has come to its end.
var errDone = errors.New("done")

// together runs functions side by side until all have returned. The context of all ends with the first error, which is
// returned unless it is the one that means success.
func together(ctx context.Context, success error, all ...func(context.Context) error) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var running sync.WaitGroup
	var once sync.Once
	var first error
	for _, f := range all {
		running.Go(func() {
			if err := f(ctx); err != nil {
				once.Do(func() { first = err })
				end(err)
			}
		})
	}
	running.Wait()
	if errors.Is(first, success) {
		return nil
	}
	return first
}

func (s *soak) close() {
	for _, n := range s.nodes {
		_ = n.close()
	}
	for _, g := range s.gateways {
		_ = g.close()
	}
}

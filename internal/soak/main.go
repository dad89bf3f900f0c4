// Command soak runs workers in numbers and for long, on a local chain, and prints what that takes. BENCH.md has figures.
//
//	go run ./internal/soak scale            # 50 trainers and 10 validators in one process, one round from launch to the last claim
//	go run ./internal/soak rounds           # 10,000 rounds, 1,000 of them active, and workers that look at them
//	go run ./internal/soak faults           # an hour of the apps in processes of their own, among faults
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/internal/memory"
	"github.com/decloud-sdk/decloud-go/internal/soak/faults"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run runs what the first argument names.
func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		args = []string{""}
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	do := map[string]func(*flag.FlagSet) func(context.Context) error{"scale": scaleFlags, "rounds": roundsFlags, "faults": faultsFlags}[args[0]]
	if do == nil {
		return errors.New("say what to run: scale, rounds or faults; --help after it names its flags")
	}
	action := do(flags)
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	fmt.Printf("%s/%s, %d processors, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	return action(ctx)
}

func scaleFlags(flags *flag.FlagSet) func(context.Context) error {
	trainers := flags.Int("trainers", 50, "`number` of trainers")
	validators := flags.Int("validators", 10, "`number` of validators")
	return onStage(func(ctx context.Context, s *stage) error { return s.scale(ctx, *trainers, *validators) })
}

func roundsFlags(flags *flag.FlagSet) func(context.Context) error {
	n := flags.Int("rounds", 10_000, "`number` of rounds")
	active := flags.Int("active", 1_000, "`number` of rounds that stay active")
	return onStage(func(ctx context.Context, s *stage) error { return s.rounds(ctx, *n, *active) })
}

func faultsFlags(flags *flag.FlagSet) func(context.Context) error {
	cfg := faults.Config{Out: os.Stdout, Quorum: 3}
	flags.DurationVar(&cfg.Time, "for", time.Hour, "`time` with faults; settling what is open then comes after")
	flags.Uint64Var(&cfg.Seed, "seed", 1, "`number` that the faults follow from")
	flags.IntVar(&cfg.Trainers, "trainers", 3, "`number` of trainers")
	flags.IntVar(&cfg.Validators, "validators", 4, "`number` of validators, at least 3")
	flags.DurationVar(&cfg.Every, "every", time.Minute, "`time` between two lines")
	return func(ctx context.Context) error {
		dir, err := os.MkdirTemp("", "decloud-faults-*")
		if err != nil {
			return err
		}
		cfg.Dir = dir
		report, err := faults.Run(ctx, cfg)
		if err != nil {
			return fmt.Errorf("%w (its files are in %s)", err, dir)
		}
		report.Print(os.Stdout)
		if len(report.Wrong) > 0 {
			return fmt.Errorf("there are faults (the files are in %s)", dir)
		}
		return os.RemoveAll(dir)
	}
}

// onStage runs something on a chain in this process.
func onStage(do func(context.Context, *stage) error) func(context.Context) error {
	return func(ctx context.Context) error {
		dir, err := os.MkdirTemp("", "decloud-soak-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		world, err := localtest.Start(dir, localnet.InProcess())
		if err != nil {
			return err
		}
		defer world.Close()
		s := &stage{World: world, started: time.Now()}
		if s.digits, err = dataset.Builtin(dataset.Mnist); err != nil {
			return err
		}
		return do(ctx, s)
	}
}

// stage is the chain with what all workers need.
type stage struct {
	*localtest.World
	digits  dataset.Sets
	started time.Time
}

// say prints a figure.
func (s *stage) say(format string, args ...any) {
	fmt.Printf("%7.1fs  %s\n", time.Since(s.started).Seconds(), fmt.Sprintf(format, args...))
}

// player makes a funded player.
func (s *stage) player(name string) (*localtest.Player, error) {
	return s.NewPlayer(name, 100_000*chain.LamportsPerSOL)
}

// launch opens a round of quorums of three about the small model of digits.
func (s *stage) launch(ctx context.Context, creator *localtest.Player) (uint64, error) {
	model, err := localtest.Package()
	if err != nil {
		return 0, err
	}
	launched, err := creator.Launch(ctx, decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL, Open: true})
	return launched.RoundID, err
}

// peak is the most memory that this process had, in MiB; 0 where the system does not say.
func peak() int64 {
	bytes, _ := memory.Peak(os.Getpid())
	return bytes >> 20
}

// Command soak runs workers in numbers and for long, on a local chain, and prints what that takes. BENCH.md has figures.
//
//	go run ./internal/soak scale            # 50 trainers and 10 validators in one process, one round from launch to the last claim
//	go run ./internal/soak rounds           # 10,000 rounds, 1,000 of them active, and workers that look at them
package main

import (
	"context"
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
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	trainers := flag.Int("trainers", 50, "`number` of trainers")
	validators := flag.Int("validators", 10, "`number` of validators")
	rounds := flag.Int("rounds", 10_000, "`number` of rounds")
	active := flag.Int("active", 1_000, "`number` of rounds that stay active")
	flag.Parse()
	err := run(ctx, flag.Arg(0), *trainers, *validators, *rounds, *active)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, what string, trainers, validators, rounds, active int) error {
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
	fmt.Printf("%s/%s, %d processors, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	s := &stage{World: world, started: time.Now()}
	if s.digits, err = dataset.Builtin(dataset.Mnist); err != nil {
		return err
	}
	switch what {
	case "scale":
		return s.scale(ctx, trainers, validators)
	case "rounds":
		return s.rounds(ctx, rounds, active)
	}
	return fmt.Errorf("say what to run: scale or rounds")
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
	launched, err := creator.Launch(ctx, decloud.LaunchOptions{Package: model, Reward: chain.LamportsPerSOL})
	return launched.RoundID, err
}

// peak is the most memory that this process had, in MiB; 0 where the system does not say.
func peak() int64 {
	bytes, _ := memory.Peak(os.Getpid())
	return bytes >> 20
}

// Command scale plays a run of many members on a local chain over HTTP, with training
// that is pretended, and measures what the run itself costs: the time from the last
// submission to the model, RPC calls of a member and round, memory of a member. In
// the end the books must be exact and every round must have made a model.
// run/BENCH.md has its commands and figures.
//
//	go run ./run/internal/scale -members 6 -rounds 3
//	go run ./run/internal/scale -members 256 -verifiers 32 -rounds 1 -epochs 20
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/memory"
	"github.com/decloud-sdk/decloud-go/run"
)

type options struct {
	members, verifiers, rounds, epochs int
	poll, limit                        time.Duration
	ws                                 bool
}

func main() {
	var o options
	flag.IntVar(&o.members, "members", 6, "members, 2 to 256")
	flag.IntVar(&o.verifiers, "verifiers", 0, "witnesses of a round, 32 at most; 0: all, at most 32")
	flag.IntVar(&o.rounds, "rounds", 2, "rounds of an epoch")
	flag.IntVar(&o.epochs, "epochs", 1, "epochs")
	flag.DurationVar(&o.poll, "poll", time.Second, "pause between two looks of a member at the chain")
	flag.BoolVar(&o.ws, "ws", true, "members hear of changes by the node's websocket, too")
	flag.DurationVar(&o.limit, "limit", time.Hour, "how long the whole may take")
	flag.Parse()
	if err := measure(o); err != nil {
		log.Fatal(err)
	}
}

func measure(o options) error {
	ctx, cancel := context.WithTimeout(context.Background(), o.limit)
	defer cancel()
	dir, err := os.MkdirTemp("", "decloud-scale-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := newStage(ctx, o, dir)
	if err != nil {
		return err
	}
	defer s.net.Close()
	before, err := memory.Peak(os.Getpid())
	if err != nil {
		return err
	}
	start := time.Now()
	v, err := s.play(ctx)
	if err != nil {
		return err
	}
	peak, err := memory.Peak(os.Getpid())
	if err != nil {
		return err
	}
	slices.Sort(s.latencies)
	n := float64(o.members) * float64(v.Run.Round)
	fmt.Printf("members %d, verifiers %d, rounds %d, epochs %d, failed rounds %d, %.1f s\n", o.members, v.Run.Verifiers(o.members), v.Run.Round, v.Run.Epoch, v.Run.FailedRounds, time.Since(start).Seconds())
	fmt.Printf("last submission to model: median %s, worst %s\n", s.latencies[len(s.latencies)/2].Round(time.Millisecond), s.latencies[len(s.latencies)-1].Round(time.Millisecond))
	fmt.Printf("RPC calls a member and round, over HTTP: %.1f; peak memory a member: %.1f MB (its own part of this process)\n", float64(s.calls.Load())/n, float64(peak-before)/float64(o.members)/1e6)
	return s.check(v)
}

// check requires that the books are exact and that no round was lost.
func (s *stage) check(v *run.View) error {
	due, finished := uint64(0), uint64(0)
	for _, slot := range v.Roster.Slots {
		due += slot.Due()
		finished += slot.Earned
	}
	vault, ok := s.net.Account(v.Run.Vault)
	if !ok {
		return errors.New("the vault is gone")
	}
	balance := vault.Lamports - uint64((128+len(vault.Data))*6_960)
	fmt.Printf("funded %d = paid %d + pool %d + reserved %d + owed %d; the vault holds %d\n", uint64(funding), v.Run.Paid, v.Run.Pool, v.Run.Reserved, v.Run.Owed, balance)
	switch {
	case v.Run.Owed != due:
		return fmt.Errorf("owed is %d, what is due to members adds up to %d", v.Run.Owed, due)
	case balance != v.Run.Liabilities():
		return fmt.Errorf("the vault holds %d, and the books say %d", balance, v.Run.Liabilities())
	case funding != v.Run.Paid+v.Run.Liabilities():
		return errors.New("lamports went missing")
	case finished != v.Run.Paid+due:
		return fmt.Errorf("members earned %d, paid and due are %d", finished, v.Run.Paid+due)
	case v.Run.FailedRounds > 0:
		return fmt.Errorf("%d of %d rounds failed", v.Run.FailedRounds, v.Run.Round)
	}
	return nil
}

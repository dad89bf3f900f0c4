package fairplay

import (
	"context"
	"sync"
)

// A Case is a row of the table and one of its data sets.
type Case struct {
	Attack string
	Mode   Mode
	Task   string
	First  bool // see [Round]
}

// A Tally counts the outcomes of a case over seeds.
type Tally struct {
	Seeds, Wins      int
	Honest, Attacker float64 // lamports, summed over the seeds
}

// Share is in how many of the seeds an honest one earned at least as much, 0 to 1.
func (t Tally) Share() float64 { return float64(t.Wins) / float64(max(t.Seeds, 1)) }

// Plus adds the tally of other seeds.
func (t Tally) Plus(o Tally) Tally {
	return Tally{t.Seeds + o.Seeds, t.Wins + o.Wins, t.Honest + o.Honest, t.Attacker + o.Attacker}
}

func (t Tally) add(o Outcome) Tally {
	t.Seeds++
	if o.Wins() {
		t.Wins++
	}
	t.Honest += o.Honest
	t.Attacker += o.Attacker
	return t
}

// Run plays cases of a task with seeds first … last − 1, several labs at a time.
func Run(ctx context.Context, task Task, cases []Case, first, last uint64, parallel int) (map[Case]Tally, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tallies := map[Case]Tally{}
	var mu sync.Mutex
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range parallel {
		workers.Go(func() {
			for seed := range seeds {
				outcomes, err := playAll(ctx, task, cases, seed)
				if err != nil {
					stop(err)
				}
				mu.Lock()
				for c, o := range outcomes {
					tallies[c] = tallies[c].add(o)
				}
				mu.Unlock()
			}
		})
	}
	for seed := first; seed < last; seed++ {
		seeds <- seed // after an error, playAll returns at once
	}
	close(seeds)
	workers.Wait()
	return tallies, context.Cause(ctx)
}

// playAll plays cases with a seed.
func playAll(ctx context.Context, task Task, cases []Case, seed uint64) (map[Case]Outcome, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	l, err := NewLab(ctx, task, seed)
	if err != nil {
		return nil, err
	}
	outcomes := map[Case]Outcome{}
	for _, c := range cases {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		a, err := AttackOf(c.Attack)
		if err != nil {
			return nil, err
		}
		if outcomes[c], err = l.Play(Round{Attack: a, Mode: c.Mode, First: c.First}); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// Cases are all cases of a task. Who hands nothing in, or can only be first, has one turn, and so have all in open rounds:
// there the order matters only to who copies, and who copies is last.
func Cases(task Task) (all []Case) {
	for _, a := range Attacks() {
		for _, m := range Modes() {
			if !a.Possible(m) {
				continue
			}
			all = append(all, Case{a.Name, m, task.ID.String(), false})
			if a.ordered() && m.Sealed() {
				all = append(all, Case{a.Name, m, task.ID.String(), true})
			}
		}
	}
	return all
}

// ordered reports whether it matters when the attacker hands in.
func (a Attack) ordered() bool { return a.hand != nil && !a.early }

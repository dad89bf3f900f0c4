package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"sync"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/round"
)

func startCommand() app.Command {
	return app.Command{
		Name: "start", Args: "[round_id]", Summary: "look after your rounds: close them when all is scored, take back what nobody earned, and their rent",
		Long: `Reveals the key of a sealed test when submissions close. Draws the committee of a fair round if nobody else has, closes a round when everything has its scores or its deadline
is over, withdraws what nobody earned, and takes back the rent of rounds that are over for good. What is on chain tells what is left to do, so that it goes on where it was
after a restart. With a round's number it ends when that round has paid everybody. With --json, one JSON object a line
tells what happens. Ctrl-C stops it (exit status 130).`,
		Bind: func(fs *flag.FlagSet) app.Action {
			poll := app.Seconds(5 * time.Second)
			fs.Var(&poll, "poll-interval", "`seconds` between two looks at the chain")
			return func(ctx context.Context, c *app.Call) error {
				k := &keeper{call: c, poll: max(time.Duration(poll), 10*time.Millisecond)}
				if len(c.Args) > 0 {
					id, err := app.ParseRoundID(c.Args[0])
					if err != nil {
						return err
					}
					k.only = &id
				}
				return app.WithClient(c, load, func(_ *config, client *decloud.Client) error {
					if _, err := c.Program(ctx, client.Rounds); err != nil {
						return err
					}
					k.client = client
					if err := k.mine(ctx); err != nil {
						return err
					}
					if c.Dry() {
						_, err := k.pass(ctx)
						return err
					}
					defer c.Live(ctx, client.Rounds, k.rounds)()
					k.tell = c.Teller()
					return k.beside(ctx, k.run)
				})
			}
		},
	}
}

// keeper looks after a creator's rounds. It keeps no books: what is to be done next is
// computed from the accounts.
type keeper struct {
	call   *app.Call
	client *decloud.Client
	tell   *app.Teller
	poll   time.Duration
	only   *uint64
}

// beside runs do while the keys of sealed tests are revealed when they are due.
func (k *keeper) beside(ctx context.Context, do func(context.Context) error) error {
	revealing, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = k.client.RevealHoldouts(revealing, func(id uint64, err error) {
			if err != nil {
				k.tell.Failed(app.Event{Kind: "failed", Round: &id, Error: err.Error()}, err, 0)
				return
			}
			k.tell.Tell(app.Event{Kind: "revealed", Round: &id}, "the key of its sealed test is revealed")
		})
	})
	defer wg.Wait()
	defer stop()
	return do(ctx)
}

// mine returns why there will never be anything to do in the only round: it does not exist, or is somebody else's. One
// that was there and is closed is over.
func (k *keeper) mine(ctx context.Context) error {
	if k.only == nil {
		return nil
	}
	r, err := k.client.Rounds.Round(ctx, *k.only)
	switch {
	case errors.Is(err, chain.ErrNotFound):
		counter, failed := k.client.Rounds.Counter(ctx)
		if failed != nil || *k.only < counter.Count {
			return failed
		}
		return app.AboutRound(*k.only, err)
	case err == nil && r.Creator != k.client.Rounds.Wallet():
		return fmt.Errorf("round %d is of another wallet, %s: only its creator looks after a round", r.ID, r.Creator)
	}
	return err
}

func (k *keeper) run(ctx context.Context) error {
	k.call.Banner("DECLOUD Creator Daemon", "Wallet", k.client.Rounds.Wallet().String(), "Network", k.client.Chain.Network().String())
	for {
		done, err := k.pass(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			k.tell.Failed(app.Event{Kind: "failed", Error: err.Error()}, err, k.poll)
		case done:
			k.tell.Tell(app.Event{Kind: "over", Round: k.only}, "is over: it has paid everybody")
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(k.poll):
		}
	}
}

// pass does what is due in each round; done says that the only one has paid everybody.
func (k *keeper) pass(ctx context.Context) (done bool, err error) {
	rounds, err := k.rounds(ctx)
	if err != nil {
		return false, err
	}
	now, err := k.client.Chain.Now(ctx)
	if err != nil {
		return false, err
	}
	var failed []error
	done = k.only != nil && len(rounds) == 0 // its account is closed
	for _, r := range rounds {
		over, err := k.look(ctx, r, now)
		if err != nil {
			failed = append(failed, fmt.Errorf("round %d: %w", r.ID, err))
		}
		done = over && k.only != nil
	}
	return done, errors.Join(failed...)
}

func (k *keeper) rounds(ctx context.Context) ([]*round.Round, error) {
	if k.only == nil {
		return k.client.Rounds.Rounds(ctx, round.Filter{Creator: k.client.Rounds.Wallet(), Status: []round.Status{round.Active, round.Finalized, round.Cancelled}})
	}
	r, err := k.client.Rounds.Round(ctx, *k.only)
	if errors.Is(err, chain.ErrNotFound) {
		return nil, nil
	}
	return []*round.Round{r}, err
}

// look does the next thing in a round, and reports whether nothing will ever be left to do.
func (k *keeper) look(ctx context.Context, r *round.Round, now time.Time) (over bool, err error) {
	done, err := k.client.TendRound(ctx, r, now, false)
	if err != nil || done.Signature == "" {
		return done.Over, err
	}
	e := app.Event{Kind: string(done.Kind), Round: &r.ID, Signature: done.Signature}
	switch done.Kind {
	case decloud.TendedFinalized:
		k.tell.Tell(e, "closed the round: %s", map[bool]string{false: "everything has its scores", true: "its deadline is over"}[done.Forced])
	case decloud.TendedDrawn:
		k.tell.Tell(e, "drew the committee")
	case decloud.TendedWithdrawn:
		e.Lamports = &done.Lamports
		k.tell.Tell(e, "%s SOL are back", chain.FormatSOL(done.Lamports))
	case decloud.TendedClosed:
		k.tell.Tell(e, "took back the rent of the round: nothing is left of it")
	}
	return done.Over, nil
}

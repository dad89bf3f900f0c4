package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
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
	switch {
	case r.Version != round.Version:
		return true, nil
	case r.Status == round.Cancelled:
		return true, k.close(ctx, r, now)
	case r.Status == round.Finalized:
		return k.withdraw(ctx, r, now)
	case r.CanFinalize(k.client.Rounds.Wallet(), now) == nil:
		return false, k.do(ctx, r, "finalized", "closed the round: everything has its scores", k.client.Rounds.FinalizeRound)
	case r.CanForceFinalize(now) == nil:
		return false, k.do(ctx, r, "finalized", "closed the round: its deadline is over", k.client.Rounds.ForceFinalize)
	case k.mustDraw(ctx, r, now):
		return false, k.do(ctx, r, "drawn", "drew the committee", k.client.Rounds.DrawCommittee)
	}
	return false, nil
}

// mustDraw reports whether a transaction of the committee's draw can be sent. That is the
// trainers' to do, so they get half of the time for it.
func (k *keeper) mustDraw(ctx context.Context, r *round.Round, now time.Time) bool {
	if !r.HasCommittee() || now.Before(r.SubmissionsClose().Add(r.Fair.PublishWindow/2)) {
		return false
	}
	slot, err := k.client.Chain.Slot(ctx)
	return err == nil && r.CanDraw(slot, now) == nil
}

// do sends what others may have sent meanwhile.
func (k *keeper) do(ctx context.Context, r *round.Round, kind, text string, send func(context.Context, uint64) (round.Receipt, error)) error {
	receipt, err := send(ctx, r.ID)
	if errors.Is(err, round.ErrRoundNotActive) || errors.Is(err, round.ErrAlreadyDrawn) || errors.Is(err, chain.ErrNotFound) {
		return nil
	}
	if err == nil && (kind != "drawn" || slices.ContainsFunc(receipt.Events, isDraw)) {
		k.tell.Tell(app.Event{Kind: kind, Round: &r.ID, Signature: receipt.Signature.String()}, "%s", text)
	}
	return err
}

// isDraw tells the second transaction of a draw from the first.
func isDraw(e round.Event) bool {
	_, ok := e.(round.CommitteeDrawn)
	return ok
}

// withdraw takes what nobody can claim, as soon as there is any, and reports whether all is
// paid.
func (k *keeper) withdraw(ctx context.Context, r *round.Round, now time.Time) (over bool, err error) {
	vault, err := k.client.Rounds.Vault(ctx, r.ID)
	if errors.Is(err, chain.ErrNotFound) {
		return true, k.close(ctx, r, now)
	}
	if err != nil || r.CanWithdraw(k.client.Rounds.Wallet(), vault, now) != nil {
		return false, err
	}
	receipt, err := k.client.Rounds.WithdrawRemainder(ctx, r.ID)
	if err != nil {
		return false, err
	}
	lamports := receipt.Paid()
	k.tell.Tell(app.Event{Kind: "withdrawn", Round: &r.ID, Lamports: &lamports, Signature: receipt.Signature.String()}, "%s SOL are back", chain.FormatSOL(lamports))
	return false, nil
}

// close takes the rent of a round back whose vault is closed, once that can be done.
func (k *keeper) close(ctx context.Context, r *round.Round, now time.Time) error {
	if r.CanClose(nil, now) != nil {
		return nil //nolint:nilerr // later
	}
	return k.do(ctx, r, "closed", "took back the rent of the round: nothing is left of it", k.client.Rounds.CloseRound)
}

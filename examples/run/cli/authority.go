package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/run"
)

func createRunCommand() app.Command {
	return app.Command{Name: "create-run", Summary: "create a run", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		join := fs.String("join-authority", "", "`address` whose authorizations let wallets join (default the wallet)")
		mint := fs.String("treasurer-collateral-mint", "", "`mint` of the tokens to pay with")
		sol := fs.Bool("treasurer-sol", false, "pay with SOL")
		name := fs.String("name", "", "the run's `name`, 64 bytes at most")
		description := fs.String("description", "", "`text` that says what it is about, 280 bytes at most")
		version := fs.String("client-version", "", "`version` of the clients that the run is for, 96 bytes at most; it goes on chain with update-config")
		return func(ctx context.Context, c *app.Call) (err error) {
			if err := o.needRun(); err != nil {
				return err
			}
			spec := run.Spec{ID: o.runID, Name: *name}
			if *sol {
				spec.Treasury = run.SOL
			}
			if *join != "" {
				if spec.JoinAuthority, err = parseKey("join-authority", *join); err != nil {
					return err
				}
			}
			if *mint != "" {
				if spec.Mint, err = parseKey("treasurer-collateral-mint", *mint); err != nil {
					return err
				}
			}
			if len(*version) > maxVersion {
				return app.Usagef("--client-version has at most %d bytes", maxVersion)
			}
			runs, err := o.writer(c)
			if err != nil {
				return err
			}
			defer runs.Chain().Close()
			if err := warnOfFreezing(ctx, c, runs, spec.Mint); err != nil {
				return err
			}
			if *description != "" {
				c.DryLater("the run's description")
			}
			r, receipt, err := runs.CreateRun(ctx, spec)
			if err == nil && *description != "" {
				if _, err = runs.UpdateMetadata(ctx, r, run.UpdateMetadata{Name: *name, Description: *description}); err != nil {
					err = fmt.Errorf("run %s was created, but has no description: %w", o.runID, err)
				}
			}
			if err == nil && *version != "" {
				err = rememberVersion(c, o.runID, *version)
			}
			return done(c, fmt.Sprintf("run %s was created", o.runID), receipt, err)
		}
	}}
}

// warnOfFreezing warns of a mint whose authority could stop all payments of a run.
func warnOfFreezing(ctx context.Context, c *app.Call, runs *run.Client, mint solana.PublicKey) error {
	if mint.IsZero() {
		return nil
	}
	m, err := runs.Chain().Mint(ctx, mint)
	if err != nil {
		return fmt.Errorf("the run's mint: %w", err)
	}
	if text := freezing(m); text != "" {
		c.Note("%s", text)
	}
	return nil
}

// freezing is the warning; empty where nobody can freeze.
func freezing(m *chain.Mint) string {
	if m.FreezeAuthority.IsZero() {
		return ""
	}
	return fmt.Sprintf("warning: %s may freeze the run's vault: treasury and stakes could not be paid out then. Take part only if you trust it", m.FreezeAuthority)
}

func closeRunCommand() app.Command {
	return app.Command{Name: "close-run", Summary: "close a run that is finished or was never begun", Bind: func(fs *flag.FlagSet) app.Action {
		return withRun(bind(fs), true, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			receipt, err := runs.CloseRun(ctx, r)
			return done(c, "the run is closed", receipt, err)
		})
	}}
}

func setPausedCommand() app.Command {
	return app.Command{Name: "set-paused", Summary: "pause a run, or --resume it", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		resume := fs.Bool("resume", false, "resume it")
		return withRun(o, true, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			receipt, err := runs.SetPaused(ctx, r, !*resume)
			return done(c, map[bool]string{true: "the run is resumed: members may join", false: "the run pauses, at the latest when the epoch is over"}[*resume], receipt, err)
		})
	}}
}

func ratesCommand() app.Command {
	return app.Command{Name: "set-future-epoch-rates", Summary: "set what the next epochs pay and take", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		var s run.SetFutureEpochRates
		amount := func(to **uint64, name, usage string) {
			fs.Func(name, usage, func(text string) error {
				v, err := strconv.ParseUint(text, 10, 64)
				if err != nil {
					return errors.New("not a number of points")
				}
				*to = &v
				return nil
			})
		}
		var each, total *uint64
		amount(&each, "earning-rate", "`points` that each finisher of an epoch earns")
		amount(&total, "earning-rate-total-shared", "`points` that all finishers share")
		amount(&s.Slashing, "slashing-rate", "`points` that who is ejected loses")
		amount(&s.Slashing, "slashing-rate-per-client", "`points`: the same as --slashing-rate")
		return withRun(o, true, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			shared := total != nil
			if shared && each != nil {
				return app.Usagef("--earning-rate and --earning-rate-total-shared exclude each other")
			}
			if each == nil && !shared && s.Slashing == nil {
				return app.Usagef("nothing is named: --earning-rate, --earning-rate-total-shared or --slashing-rate POINTS")
			}
			if s.Earning = each; shared {
				s.Earning = total
			}
			if s.Earning != nil {
				s.Shared = &shared
			}
			receipt, err := runs.SetFutureEpochRates(ctx, r, s)
			return done(c, "the rates hold from the next epoch on", receipt, err)
		})
	}}
}

func tickCommand() app.Command {
	return app.Command{Name: "tick", Summary: "move a run on, as often as is due", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		interval := fs.Int("ms-interval", 1000, "`milliseconds` between two looks")
		count := fs.Int("count", 0, "end after `n` ticks (default: never)")
		return withRun(o, true, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			for sent := 0; *count == 0 || sent < *count; {
				v, err := runs.Refresh(ctx, r)
				if err != nil {
					return err
				}
				if err := moves(v); err != nil {
					return err
				}
				if c.Dry() && !v.TickDue() {
					return c.Print(map[string]any{"due": false}, func(w io.Writer) { fmt.Fprintln(w, "no tick is due now") })
				}
				if v.TickDue() {
					if _, err := runs.Tick(ctx, r); err != nil {
						return err
					}
					sent++
					c.Note("tick %d: the run was in %s", sent, v.Run.State)
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-time.After(time.Duration(max(50, *interval)) * time.Millisecond):
				}
			}
			return nil
		})
	}}
}

// moves refuses a run that no tick moves on.
func moves(v *run.View) error {
	switch v.Run.State {
	case run.Uninitialized, run.Paused:
		return fmt.Errorf("run %s is %s, and no tick moves it on: its authority resumes it (set-paused --resume)", v.Run.ID, v.Run.State)
	case run.Finished:
		return fmt.Errorf("run %s is finished, and no tick moves it on", v.Run.ID)
	}
	return nil
}

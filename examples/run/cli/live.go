package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/run/chart"
	"github.com/decloud-sdk/decloud-go/run"
)

func liveCommand() app.Command {
	return app.Command{Name: "live", Summary: "show a run as it goes on, until it is finished or Ctrl-C", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		interval := fs.Int("ms-interval", 1000, "`milliseconds` between two looks, 100 or more")
		svg := fs.String("svg", "", "`file` that gets the model's accuracy on the built-in test digits by step")
		accuracy := fs.Bool("accuracy", false, "measure every model on the built-in test digits")
		return withRun(o, false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			l := &live{c: c, runs: runs, screen: newScreen(c), every: time.Duration(max(100, *interval)) * time.Millisecond}
			if *svg != "" || *accuracy {
				store, err := o.store(c)
				if err != nil {
					return err
				}
				if l.meter, err = newMeter(store, *svg); err != nil {
					return err
				}
			}
			return l.follow(ctx, r)
		})
	}}
}

// live follows a run.
type live struct {
	c      *app.Call
	runs   *run.Client
	meter  *meter // nil: models are not measured
	screen screen
	every  time.Duration
}

// follow shows the run until it is finished.
func (l *live) follow(ctx context.Context, r *run.Run) error {
	for {
		v, err := l.runs.Refresh(ctx, r)
		if errors.Is(err, chain.ErrNotFound) {
			l.c.Note("run %s is closed", r.ID)
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.show(ctx, v); err != nil {
			return err
		}
		if v.Run.State == run.Finished {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(l.every):
		}
	}
}

func (l *live) show(ctx context.Context, v *run.View) error {
	var points []chart.Point
	if l.meter != nil {
		if err := l.meter.see(ctx, v.Run); err != nil {
			l.c.Note("the model cannot be measured: %v", err) // tried again with the next look
		}
		points = l.meter.points
	}
	if l.c.JSON {
		return l.c.Print(map[string]any{"run": dumpRun(v), "accuracy": points}, nil)
	}
	return l.screen.draw(status(v, points), details(v, points))
}

// status is a run in one line.
func status(v *run.View, points []chart.Point) string {
	r := v.Run
	line := fmt.Sprintf("%s: %s, epoch %d, round %d, step %d of %d, %d active", r.ID, r.State, r.Epoch, r.Round, r.Step, r.Settings.TotalSteps,
		v.Roster.Count(run.Active))
	if n := len(points); n > 0 {
		line += fmt.Sprintf(", %.1f %% right", 100*points[n-1].Accuracy)
	}
	return line
}

// details are the members, the money and the models.
func details(v *run.View, points []chart.Point) string {
	var b strings.Builder
	var rows [][]string
	if ends := v.PhaseEnds(); !ends.IsZero() {
		fmt.Fprintf(&b, "%s left at most\n", max(0, ends.Sub(v.Now)).Round(time.Second))
	}
	for i, s := range v.Roster.Slots {
		if s.Status != run.Free {
			role := map[run.Role]string{run.Trainer: "trains", run.Verifies: "votes", run.Both: "trains, verifies"}[v.Role(i)]
			rows = append(rows, []string{fmt.Sprint(i), s.Wallet.String(), s.Status.String(), fmt.Sprint(s.Included), fmt.Sprint(s.Rejected), fmt.Sprint(s.Due()), fmt.Sprint(s.Stake), role})
		}
	}
	app.Table(&b, "slot wallet status included rejected due stake role", rows)
	fmt.Fprintf(&b, "pool %d, reserved %d, owed %d, stakes %d, paid %d; %d rounds failed\n", v.Run.Pool, v.Run.Reserved, v.Run.Owed, v.Run.Stakes, v.Run.Paid, v.Run.FailedRounds)
	if len(points) > 0 {
		fmt.Fprintf(&b, "accuracy %s\n", chart.Line(points))
	}
	return b.String()
}

// screen shows what changes: over the last picture on a terminal, else a line where
// something is new.
type screen struct {
	out             io.Writer
	terminal, color bool
	last            string
}

func newScreen(c *app.Call) screen {
	s := screen{out: c.Out}
	if f, ok := c.Out.(*os.File); ok && c.Env("TERM") != "dumb" {
		info, err := f.Stat()
		s.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	s.color = s.terminal && c.Env("NO_COLOR") == ""
	return s
}

func (s *screen) draw(status, details string) error {
	switch {
	case s.color:
		_, err := fmt.Fprintf(s.out, "\x1b[H\x1b[J\x1b[1m%s\x1b[0m\n%s", status, details)
		return err
	case s.terminal:
		_, err := fmt.Fprintf(s.out, "\x1b[H\x1b[J%s\n%s", status, details)
		return err
	}
	if status == s.last {
		return nil
	}
	s.last = status
	_, err := fmt.Fprintln(s.out, status)
	return err
}

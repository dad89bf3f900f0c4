package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	screen "github.com/decloud-sdk/decloud-go/examples/internal/live"
	"github.com/decloud-sdk/decloud-go/examples/run/demo"
	"github.com/decloud-sdk/decloud-go/run"
)

func liveCommand() app.Command {
	return app.Command{Name: "live", Summary: "show a run as it goes on, until it is finished or Ctrl-C", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		interval := fs.Int("ms-interval", 1000, "`milliseconds` between two looks, 100 or more")
		report := reportFlag(fs)
		accuracy := fs.Bool("accuracy", false, "measure every model on the built-in test digits")
		return withRun(o, false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			l := &live{c: c, runs: runs, picture: newPicture(c), every: time.Duration(max(100, *interval)) * time.Millisecond}
			if *report != "" || *accuracy {
				store, err := o.store(c)
				if err != nil {
					return err
				}
				if l.meter, err = newMeter(store, *report); err != nil {
					return err
				}
			}
			defer l.picture.end()
			return l.follow(ctx, r)
		})
	}}
}

// live follows a run.
type live struct {
	c       *app.Call
	runs    *run.Client
	meter   *meter // nil: models are not measured
	picture *picture
	every   time.Duration
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
	var points []demo.Point
	if l.meter != nil {
		if err := l.meter.see(ctx, v); err != nil {
			l.c.Note("the model cannot be measured: %v", err) // tried again with the next look
		}
		points = l.meter.points
	}
	if l.c.JSON {
		return l.c.Print(map[string]any{"run": dumpRun(v), "accuracy": points}, nil)
	}
	return l.picture.draw(status(v, points), details(v, points))
}

// status is a run in one line.
func status(v *run.View, points []demo.Point) string {
	r := v.Run
	line := fmt.Sprintf("%s: %s, epoch %d, round %d, step %d of %d, %d active", r.ID, r.State, r.Epoch, r.Round, r.Step, r.Settings.TotalSteps,
		v.Roster.Count(run.Active))
	if n := len(points); n > 0 {
		line += fmt.Sprintf(", %.1f %% right", 100*points[n-1].Accuracy)
	}
	return line
}

// details are the members, the money and the models.
func details(v *run.View, points []demo.Point) string {
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
		fmt.Fprintf(&b, "accuracy %s\n", demo.Spark(points))
	}
	return b.String()
}

// picture shows what changes: in place on a terminal, else a line where something is new.
type picture struct {
	out    io.Writer
	screen *screen.Screen // nil: the output is no terminal
	color  bool
	last   string
}

func newPicture(c *app.Call) *picture {
	p := &picture{color: c.Colors(), out: c.Out}
	p.screen = c.Screen()
	return p
}

func (p *picture) draw(status, details string) error {
	if p.screen != nil {
		if p.color {
			status = "\x1b[1m" + status + "\x1b[0m"
		}
		return p.screen.Draw(append([]string{status}, strings.Split(strings.TrimSuffix(details, "\n"), "\n")...))
	}
	if status == p.last {
		return nil
	}
	p.last = status
	_, err := fmt.Fprintln(p.out, status)
	return err
}

// end leaves the last picture where it is.
func (p *picture) end() {
	if p.screen != nil {
		_ = p.screen.End(true) // nothing is written
	}
}

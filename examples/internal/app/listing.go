package app

import (
	"context"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/round"
)

// statusHelp says what --status takes.
const statusHelp = "only rounds in this `phase`: all, active (the next six together), waiting, training, full, validating, expired, overdue, " +
	"finalized, cancelled, foreign"

// maxSearched is how many rounds one listing looks at, in calls for 100 each, unless
// it is about active rounds or those of one wallet, which the node finds.
const maxSearched = 10_000

// Listing is a command that lists rounds, the newest first.
type Listing struct {
	status string
	limit  int
	before uint64

	chosen func(round.Phase) bool // by its phase
}

// Bind adds the command's flags; status is what is listed without any.
func (l *Listing) Bind(fs *flag.FlagSet, status string) {
	fs.StringVar(&l.status, "status", status, statusHelp)
	fs.IntVar(&l.limit, "limit", 100, "`number` of rounds to show at most; 0: all")
	Alias(fs, "l", "limit")
	fs.Uint64Var(&l.before, "before", 0, "only rounds older than this `round`, to go on from where a list ended")
}

// Check reads what --status takes; "" and "all" choose every round.
func (l *Listing) Check() error {
	switch text := strings.ToLower(l.status); text {
	case "", "all":
		l.chosen = func(round.Phase) bool { return true }
	case "active":
		l.chosen = round.Phase.Active
	default:
		phase, err := round.ParsePhase(text)
		if err != nil {
			return usageError{fmt.Sprintf("--status: expected one of all, active %s", strings.Trim(fmt.Sprint(round.Phases()), "[]"))}
		}
		l.chosen = func(p round.Phase) bool { return p == phase }
	}
	return nil
}

// found are rounds to choose from, the newest first. The rest of them, if there is
// one, is said in more.
type found struct {
	rounds iter.Seq2[*round.Round, error]
	more   string
}

// Newest lists rounds of everybody: active ones out of all that there are, others out
// of the newest, so that it costs a handful of calls whatever others have created.
// mine, if not nil, says what a round is to this wallet.
func (l *Listing) Newest(ctx context.Context, c *Call, rounds *round.Client, mine func(*round.Round) string) error {
	search := l.search
	if l.onlyActive() {
		search = l.active
	}
	from, err := search(ctx, rounds)
	if err != nil {
		return err
	}
	return l.show(ctx, c, rounds, from, mine)
}

// Of lists the rounds that a filter selects and that the node finds, as those of one
// creator are.
func (l *Listing) Of(ctx context.Context, c *Call, rounds *round.Client, f round.Filter) error {
	all, err := rounds.Rounds(ctx, f)
	if err != nil {
		return err
	}
	return l.show(ctx, c, rounds, found{rounds: backward(all)}, nil)
}

func (l *Listing) onlyActive() bool {
	return !slices.ContainsFunc(round.Phases(), func(p round.Phase) bool { return l.chosen(p) && !p.Active() })
}

// active are the active rounds.
func (l *Listing) active(ctx context.Context, rounds *round.Client) (found, error) {
	look, err := rounds.Track(round.Track{}).Look(ctx)
	from := found{rounds: backward(look.Rounds)}
	if look.Partial {
		from.more = "there are more active rounds than were looked at: the best paid and the newest were"
	}
	return from, err
}

// search goes back through the newest rounds, as far as that is bounded.
func (l *Listing) search(ctx context.Context, rounds *round.Client) (found, error) {
	counter, err := rounds.Counter(ctx)
	if err != nil {
		return found{}, err
	}
	end := min(counter.Count, l.end())
	first := end - min(end, maxSearched)
	from := found{rounds: rounds.Newest(ctx, first, end)}
	if first > 0 {
		from.more = fmt.Sprintf("rounds older than #%d were not looked at: --before %d does", first, first)
	}
	return from, nil
}

// end is the number that all rounds to be listed are below.
func (l *Listing) end() uint64 {
	if l.before == 0 {
		return math.MaxUint64
	}
	return l.before
}

// backward iterates from the end.
func backward(list []*round.Round) iter.Seq2[*round.Round, error] {
	return func(yield func(*round.Round, error) bool) {
		for _, r := range slices.Backward(list) {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// show prints those that are chosen, up to the limit.
func (l *Listing) show(ctx context.Context, c *Call, rounds *round.Client, from found, mine func(*round.Round) string) error {
	now, err := rounds.Chain().Now(ctx)
	if err != nil {
		return err
	}
	views := []RoundView{}
	for r, err := range from.rounds {
		if err != nil {
			return err
		}
		v := ViewRound(r, now)
		if r.ID >= l.end() || !l.chosen(v.Phase) {
			continue
		}
		if l.limit > 0 && len(views) == l.limit {
			from.more = fmt.Sprintf("there are more: --before %d goes on", views[len(views)-1].ID)
			break
		}
		if mine != nil {
			v.Mine = mine(r)
		}
		views = append(views, v)
	}
	if from.more != "" {
		c.Note("%s", from.more)
	}
	return c.Print(views, func(w io.Writer) { writeRounds(w, views, now) })
}

// writeRounds prints a table of rounds.
func writeRounds(w io.Writer, views []RoundView, now time.Time) {
	if len(views) == 0 {
		fmt.Fprintln(w, "no rounds")
		return
	}
	var rows [][]string
	for _, v := range views {
		rows = append(rows, []string{fmt.Sprint(v.ID), v.Dataset, chain.FormatSOL(v.Reward), string(v.Phase),
			fmt.Sprintf("%d/%d", v.Prevalidations, v.BaseQuorum), fmt.Sprint(v.Gradients), rating.Stars(v.MinRating).String(), left(v, now), v.Mine})
	}
	Table(w, "ROUND DATASET SOL PHASE BASE GRADIENTS MIN-RATING DEADLINE YOURS", rows)
}

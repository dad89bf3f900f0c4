package decloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// What [Client.FairTerms] asks for by default.
const (
	// DefaultQuorum is the quorum of a round without a committee.
	DefaultQuorum = 3
	// CommitteeQuorum is the quorum of a round with a committee.
	CommitteeQuorum = 5
	// Committee is how many a committee has, on average.
	Committee = 16
	// ValidatorStake is what a validator of a fair round must have at stake, in
	// lamports: 0.1 SOL. A protocol that asks for more gets more.
	ValidatorStake = chain.LamportsPerSOL / 10
)

// Pace says how long the parts of a fair round take, in whole seconds.
type Pace struct {
	Opens   time.Duration // from creation to the first submission, so that nobody wins by being early
	Submit  time.Duration // then submissions are taken, by their CIDs
	Publish time.Duration // then the heads themselves are published, at most a day
	Commit  time.Duration // then scores are committed to, and revealed for as long again
}

// QuickPace pays within the hour.
func QuickPace() Pace {
	return Pace{Opens: 5 * time.Minute, Submit: 20 * time.Minute, Publish: 5 * time.Minute, Commit: 5 * time.Minute}
}

// DayPace takes submissions for ten hours and pays two and a half after the first eleven.
func DayPace() Pace {
	return Pace{Opens: time.Hour, Submit: 10 * time.Hour, Publish: 30 * time.Minute, Commit: 30 * time.Minute}
}

// WeekPace takes submissions for a week.
func WeekPace() Pace {
	return Pace{Opens: time.Hour, Submit: 7 * 24 * time.Hour, Publish: 4 * time.Hour, Commit: time.Hour}
}

// submitting is the least time that submissions are taken: the program's minute, which counts from when the round is
// created, and as much again as its transaction may take to get there from when the deadline was computed.
const submitting = 80 * time.Second

// longest is the time from creation to the deadline, at most.
const longest = 30 * 24 * time.Hour

// Paid is the time from creation to the payout, if every head has its scores by then.
func (p Pace) Paid() time.Duration { return p.Opens + p.Submit + p.Publish + 2*p.Commit }

// sets puts a pace into the terms of a round that is created at a time.
func (p Pace) sets(t *Terms, created time.Time) {
	t.Options.BaseWindow, t.Options.CommitWindow = p.Opens, p.Commit
	t.Options.ValidationWindow, t.Fair.PublishWindow = p.Publish+2*p.Commit, p.Publish
	t.Options.Deadline = created.Add(p.Paid()).Truncate(time.Second)
	t.Fair.Deadline = t.Options.Deadline
}

// Terms are those of a round that is not created yet. [Client.FairTerms] makes some to
// start from.
type Terms struct {
	// Options are the round's. The program takes the deadline of a fair round from Fair.
	Options round.Options
	// Fair are the options of a fair round; nil: a plain one.
	Fair *round.FairOptions
	// Made is the time, by the chain's clock, that the deadline counts from: [Client.Launch]
	// moves it to when the round is created. Zero: it stays where it is.
	Made time.Time
	// Drawable is how many stakes are large enough for the round's committee, without the
	// creator's, and Seats how many of them its first sitting draws on average: see
	// [round.Drawable].
	Drawable int
	Seats    float64
}

// Check returns why a fair round with these terms would be of no use, and what to do
// about it. The program checks ranges.
func (t Terms) Check() error {
	quorum := int(max(t.Options.MinPrevalidations, t.Options.MinPostvalidations))
	if t.Fair == nil || t.Fair.Committee == 0 || t.Drawable >= quorum {
		return nil
	}
	return fmt.Errorf("%w: a base and each gradient need %d scores, and %d validators have %s SOL at stake: wait until more have staked, or ask for fewer scores (%d at least), a smaller stake, or no committee",
		ErrFewStakes, quorum, t.Drawable, chain.FormatSOL(t.Options.MinValidatorStake), rating.MinJudges)
}

// ErrFewStakes is wrapped by the error about a committee that cannot reach its quorum.
var ErrFewStakes = errors.New("decloud: too few stakes for a committee")

// Spec puts the terms of a round that is created about now into its description, for
// [round.Client.CreateRound].
func (t Terms) Spec(s round.Spec) round.Spec {
	o := t.Options
	if t.Fair != nil && !t.Made.IsZero() {
		// Until configure_fair follows in the same transaction, the program sees a plain round.
		// There scores of the base come first, and a stake binds from creation on: the deadline
		// has to be late enough for the one and near enough for the other.
		const late = 10 * time.Minute // that the transaction may be
		soonest := t.Made.Add(time.Minute + max(o.BaseWindow, 2*o.CommitWindow) + o.ValidationWindow + late)
		o.Deadline = soonest.Truncate(time.Second)
	}
	s.Options, s.Fair = &o, t.Fair
	return s
}

// Moved are the terms of a round that is created at a time of the chain's clock.
func (t Terms) Moved(created time.Time) Terms {
	if t.Made.IsZero() {
		return t
	}
	by := created.Sub(t.Made)
	t.Made, t.Options.Deadline = created, t.Options.Deadline.Add(by).Truncate(time.Second)
	if t.Fair != nil {
		fair := *t.Fair
		fair.Deadline = fair.Deadline.Add(by).Truncate(time.Second)
		t.Fair = &fair
	}
	return t
}

// FairTerms are the default terms of a fair round about a package: submissions are
// sealed until nobody can copy them any more, scores are committed to before they are
// revealed, validators have a stake, the marginal rule pays, a gradient puts up a bond of
// the fees of 24 validations or a thousandth of the trainers' part, whichever is more, and
// whoever is further from the median than two test samples is slashed. A committee of
// [Committee] is drawn by lot where at least as many have staked as the quorum asks for;
// in others everybody with the stake may score, also who stakes later.
//
// Of a package with a task they are those of a data round, paid by the win rate.
//
// Change what you like of them, and pass them on in [LaunchOptions]. FAIRPLAY.md says who
// wins under which terms, and by how much.
func (c *Client) FairTerms(ctx context.Context, o LaunchOptions) (Terms, error) {
	if o.Package == nil {
		return Terms{}, errNoPackage
	}
	parameters, now, err := c.protocol(ctx, o.Reward)
	if err != nil {
		return Terms{}, err
	}
	pace := cmp.Or(o.Pace, DayPace())
	if err := pace.fits(parameters.UnstakeCooldown); err != nil {
		return Terms{}, err
	}
	t := Terms{Made: now, Options: parameters.Options(now), Fair: &round.FairOptions{Sealed: true}}
	t.Options.CommitReveal, t.Options.RewardRule = true, reward.Marginal
	t.Options.MinValidatorStake = max(parameters.MinValidatorStake, ValidatorStake)
	t.Fair.OutlierTolerance = tolerance(o.Package)
	validators := o.Reward / 10_000 * uint64(parameters.ValidatorShareBps)
	t.Fair.Bond = max(rating.MaxValidations*4*c.Chain.MaxFee(), (o.Reward-validators)/1_000)
	if o.Package.Config.Task != nil {
		t.Fair.Task, t.Options.RewardRule = round.TaskData, reward.WinRate
		t.Fair.Bond = numbered(t.Fair.Bond, 0)
	}
	pace.sets(&t, now)

	t.Fair.Committee = max(Committee, o.Quorum)
	if t, err = c.CountStakes(ctx, t); err != nil {
		return t, err
	}
	quorum := cmp.Or(o.Quorum, CommitteeQuorum)
	if t.Drawable < int(quorum) {
		t.Fair.Committee, quorum = 0, cmp.Or(o.Quorum, DefaultQuorum)
	}
	t.Options.MinPrevalidations, t.Options.MinPostvalidations = quorum, quorum
	return t, nil
}

// fits returns why the program would refuse a pace, or stakes be unlocked too early for it.
func (p Pace) fits(cooldown time.Duration) error {
	for _, part := range []struct {
		name        string
		takes       time.Duration
		least, most time.Duration
	}{
		{"Opens", p.Opens, 0, longest}, {"Submit", p.Submit, submitting, longest},
		{"Publish", p.Publish, time.Second, 24 * time.Hour}, {"Commit", p.Commit, time.Second, longest},
		{"Paid()", p.Paid(), 0, longest},
	} {
		if part.takes < part.least || part.takes > part.most {
			return fmt.Errorf("decloud: Pace.%s is %s: it must be %s to %s", part.name, part.takes, part.least, part.most)
		}
	}
	const slashing = 6 * time.Hour // that the program leaves for it
	if most := (cooldown - slashing) / (2 * round.Sittings); p.Commit > most {
		return fmt.Errorf("decloud: stakes are locked for %s here, so scores can be committed to for %s at most, not for %s: choose a quicker pace",
			cooldown, most.Truncate(time.Second), p.Commit)
	}
	return nil
}

// tolerance is two test samples, in hundredths of a percent: scores are deterministic, and
// no two machines differ by more.
func tolerance(pkg *packagefmt.Package) uint16 {
	samples := max(pkg.Config.Metadata.NumSamples, 1)
	return uint16(min(max((2*rating.MaxAccuracy+samples-1)/samples, round.MinTolerance), rating.MaxAccuracy))
}

// CountStakes returns the terms with the stakes counted that the round's committee could
// be drawn from now.
func (c *Client) CountStakes(ctx context.Context, t Terms) (Terms, error) {
	if t.Fair == nil {
		return t, nil
	}
	stakes, err := c.Rounds.Stakes(ctx)
	if err != nil {
		return t, err
	}
	mine := func(s *round.Stake) bool { return s.Validator == c.Rounds.Wallet() }
	t.Drawable, t.Seats = round.Drawable(slices.DeleteFunc(stakes, mine), t.Fair.Committee, t.Options.MinValidatorStake)
	return t, nil
}

// openTerms are the protocol's terms with the quorums that were asked for.
func (c *Client) openTerms(ctx context.Context, o LaunchOptions) (Terms, error) {
	parameters, now, err := c.protocol(ctx, o.Reward)
	if err != nil {
		return Terms{}, err
	}
	t := Terms{Made: now, Options: parameters.Options(now)}
	quorum := cmp.Or(o.Quorum, DefaultQuorum)
	t.Options.MinPrevalidations, t.Options.MinPostvalidations = quorum, quorum
	return t, nil
}

// protocol reads the protocol's parameters, which a reward has to be enough for, and the chain's clock.
func (c *Client) protocol(ctx context.Context, lamports uint64) (round.Parameters, time.Time, error) {
	parameters, err := c.Rounds.Parameters(ctx)
	if err != nil {
		return parameters, time.Time{}, err
	}
	if least := max(parameters.MinReward, 1); lamports < least {
		return parameters, time.Time{}, fmt.Errorf("decloud: a reward of %s SOL is under the protocol's least, %s SOL: raise LaunchOptions.Reward",
			chain.FormatSOL(lamports), chain.FormatSOL(least))
	}
	now, err := c.Chain.Now(ctx)
	return parameters, now, err
}

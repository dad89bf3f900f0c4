package fairplay

import (
	"crypto/sha256"
	"fmt"
	"time"

	decloud "github.com/decloud-sdk/decloud-go"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// A Mode is a kind of round.
type Mode int

// The modes.
const (
	Open        Mode = iota // as the public kits know rounds: public submissions, proportional pay, no stakes
	Fair                    // sealed, marginal, a committee by lot, bonds
	FairHoldout             // the same, scored on data that only the creator has until then
)

// Modes are all of them.
func Modes() []Mode { return []Mode{Open, Fair, FairHoldout} }

// String names the mode as the table does.
func (m Mode) String() string { return [...]string{"open", "fair", "fair, holdout"}[m] }

// ModeOf is the mode of that name.
func ModeOf(name string) (Mode, error) {
	for _, m := range Modes() {
		if m.String() == name {
			return m, nil
		}
	}
	return 0, fmt.Errorf("fairplay: no mode is named %q", name)
}

// Sealed reports whether nobody sees submissions before they are closed.
func (m Mode) Sealed() bool { return m != Open }

// Terms of every round, in lamports. Validators of a fair round have the least stake each, of which an outlier loses a tenth.
const (
	prize = 1_000_000_000
	stake = decloud.ValidatorStake
	bond  = 900_000 // a thousandth of the trainers' part: more than the fees of 24 validations
)

// validators is the number of honest ones.
func (m Mode) validators() int {
	if m == Open {
		return 3
	}
	return 30
}

// holdoutKey opens the sealed test of holdout rounds.
var holdoutKey = keyOf("the holdout's key")

// scoring is when the first sitting is; rounds are played at any time.
var scoring = time.Unix(1_800_000_000, 0)

// terms are those of a round about a test of n samples.
func (m Mode) terms(n int) *round.Round {
	r := &round.Round{Reward: prize, Version: round.Version, FeeBps: 200, ValidatorShareBps: 1_000, SlashBps: 1_000,
		OutlierTolerance: 500, Options: round.Options{MinPrevalidations: decloud.DefaultQuorum, MinPostvalidations: decloud.DefaultQuorum}}
	if m == Open {
		return r
	}
	r.OutlierTolerance = uint16(max(round.MinTolerance, (2*rating.MaxAccuracy+n-1)/n))
	r.Options = round.Options{MinPrevalidations: decloud.CommitteeQuorum, MinPostvalidations: decloud.CommitteeQuorum, CommitReveal: true, CommitWindow: time.Minute,
		ValidationWindow: 3 * time.Minute, Deadline: scoring.Add(2 * time.Minute), MinValidatorStake: stake, RewardRule: reward.Marginal}
	r.Fair = &round.FairOptions{Sealed: true, Committee: decloud.Committee, OutlierTolerance: r.OutlierTolerance, PublishWindow: time.Minute,
		Bond: bond, Deadline: r.Options.Deadline}
	if m == FairHoldout {
		r.Fair.Holdout = sha256.Sum256(holdoutKey[:])
	}
	return r
}

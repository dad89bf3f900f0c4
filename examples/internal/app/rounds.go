package app

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/round"
)

// RoundView is a round as it is shown. Amounts are lamports, accuracies
// hundredths of a percent, ratings hundredths of a star.
type RoundView struct {
	ID             uint64      `json:"id"`
	Phase          round.Phase `json:"phase"`
	Creator        string      `json:"creator"`
	Dataset        string      `json:"dataset"`
	Reward         uint64      `json:"reward_lamports"`
	MinRating      uint16      `json:"min_rating"`
	ModelCID       string      `json:"model_cid"`
	Prevalidations int         `json:"prevalidations"`
	BaseQuorum     uint8       `json:"base_quorum"`
	BaseAccuracy   uint32      `json:"base_accuracy_bps"`
	Gradients      uint8       `json:"gradients"`
	Quorum         uint8       `json:"gradient_quorum"`
	Validations    uint16      `json:"validations"`
	Improvement    uint64      `json:"improvement_bps"`
	MinStake       uint64      `json:"min_validator_stake_lamports"`
	Created        time.Time   `json:"created"`
	Closes         time.Time   `json:"submissions_close"`
	ClosesSlot     uint64      `json:"submissions_close_slot,omitempty"` // takes none from this slot on, even before Closes
	Ends           *time.Time  `json:"submissions_end_about,omitempty"`  // about when that slot comes
	Deadline       time.Time   `json:"deadline"`
	Rule           string      `json:"reward_rule,omitempty"`
	Task           string      `json:"task,omitempty"` // what is submitted: heads or data
	Fair           *FairView   `json:"fair,omitempty"` // of a fair round
	Mine           string      `json:"mine,omitempty"` // what this wallet has to do with it
}

// FairView is what a fair round has beside a plain one.
type FairView struct {
	Sealed    bool      `json:"sealed"`
	Committee uint8     `json:"committee"` // how many are drawn, about; 0: all who have the stake may score
	Drawn     bool      `json:"drawn"`
	Bond      uint64    `json:"bond_lamports"`
	Tolerance uint16    `json:"outlier_tolerance_bps"`
	Holdout   bool      `json:"holdout"` // a sealed test
	Scoring   time.Time `json:"scoring_starts"`
}

func viewFair(r *round.Round) *FairView {
	if r.Fair == nil {
		return nil
	}
	return &FairView{Sealed: r.Sealed(), Committee: r.Fair.Committee, Drawn: r.Drawn, Bond: r.Bond(), Tolerance: r.OutlierTolerance,
		Holdout: r.HasHoldout(), Scoring: r.ScoringStarts().UTC()}
}

// pairs are names and values for [Fields].
func (f *FairView) pairs() []string {
	if f == nil {
		return []string{"Kind", "open: submissions and scores are public at once"}
	}
	committee := "none: whoever has the stake may score"
	if f.Committee > 0 {
		committee = fmt.Sprintf("about %d drawn by lot, %s", f.Committee, map[bool]string{true: "drawn", false: "not drawn yet"}[f.Drawn])
	}
	kind := map[bool]string{true: "sealed: submissions are published once they are over", false: "fair"}[f.Sealed]
	return []string{"Kind", kind, "Committee", committee, "Bond", chain.FormatSOL(f.Bond) + " SOL of each submission", "Scoring starts", f.Scoring.Format(time.RFC3339)}
}

// ViewRound makes the view of a round. Its texts are safe to print.
func ViewRound(r *round.Round, now time.Time) RoundView {
	v := RoundView{ID: r.ID, Phase: r.Phase(now), Creator: r.Creator.String(), Dataset: dataset.ID(r.Dataset).String(),
		Reward: r.Reward, MinRating: uint16(r.MinRating), ModelCID: Plain(r.ModelCID), Prevalidations: int(r.Prevalidations),
		BaseQuorum: r.Options.MinPrevalidations, BaseAccuracy: r.BaseAccuracy, Gradients: r.Gradients, Quorum: r.Options.MinPostvalidations,
		Validations: r.Validations, Improvement: r.Improvement, MinStake: r.Options.MinValidatorStake, Created: r.CreatedAt.UTC()}
	if r.Version == round.Version {
		v.Closes, v.Deadline = r.SubmissionsClose().UTC(), r.Options.Deadline.UTC()
		v.Rule, v.Fair, v.Task = r.Options.RewardRule.String(), viewFair(r), r.Task().String()
		if v.ClosesSlot = r.SubmissionsCloseSlot(); v.ClosesSlot > 0 {
			ends := r.SubmissionsEnd(now).UTC()
			v.Ends = &ends
		}
	}
	return v
}

// closes says when submissions close.
func (v RoundView) closes() string {
	at := v.Closes.Format(time.RFC3339)
	if v.Ends == nil {
		return at
	}
	return fmt.Sprintf("in slot %d, about %s, or at %s if that is earlier", v.ClosesSlot, v.Ends.Format(time.RFC3339), at)
}

// left is how long an active round still goes.
func left(v RoundView, now time.Time) string {
	if !v.Phase.Active() {
		return "-"
	}
	if d := v.Deadline.Sub(now).Truncate(time.Minute); d > 0 {
		return "in " + Duration(d)
	}
	return "over"
}

// AboutRound says which round an error is about that names only the round's address.
func AboutRound(id uint64, err error) error {
	var account *chain.AccountError
	if errors.As(err, &account) && account.Kind == "Round" && errors.Is(err, chain.ErrNotFound) {
		return noRound{id, err}
	}
	return err
}

// noRound is the error about a round that is not there, whose address says nothing to who gave its number.
type noRound struct {
	id    uint64
	cause error
}

func (e noRound) Error() string { return fmt.Sprintf("there is no round %d", e.id) }

func (e noRound) Unwrap() error { return e.cause }

// ParseRoundID reads a round's number; a # in front is allowed.
func ParseRoundID(text string) (uint64, error) {
	var id uint64
	if err := Uint(&id).Set(strings.TrimPrefix(text, "#")); err != nil {
		return 0, usageError{"expected a round's number, such as 42"}
	}
	return id, nil
}

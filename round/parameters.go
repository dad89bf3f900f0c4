package round

import (
	"time"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Parameters are the protocol's parameters. A round keeps those that it was
// created under.
type Parameters struct {
	FeeBps             uint16        // treasury's part of every payment, basis points, 0 to 1,000
	ValidatorShareBps  uint16        // validators' part of a reward, basis points, 0 to 10,000
	ForceFinalizeAfter time.Duration // default time from creation to [Options].Deadline, 0 to 365 days
	ValidationWindow   time.Duration // default of [Options].ValidationWindow, 0 to 365 days
	BaseWindow         time.Duration // default of [Options].BaseWindow, 0 to 365 days
	CommitWindow       time.Duration // default of [Options].CommitWindow, 0 to 365 days
	MinPrevalidations  uint8         // default quorum of the base model, 1 to 24
	MinPostvalidations uint8         // default quorum of a gradient, 1 to 24
	MinReward          uint64        // least reward of a round, lamports
	MinValidatorStake  uint64        // least stake that a round may ask for, lamports; 0: none
	UnstakeCooldown    time.Duration // how long a stake stays locked after the request, 0 to 365 days; it never gets shorter
	OutlierTolerance   uint16        // largest distance from the median that is no outlier, hundredths of a percent, 0 to 10,000
	SlashBps           uint16        // part of an outlier's stake that is taken, basis points, 0 to 10,000
	ReporterShareBps   uint16        // part of that for the reporter, basis points, 0 to 10,000
	ClaimPeriod        time.Duration // from finalization on, 0 to 365 days; then the creator may take what is left
}

// Options are the default options of a round created at the given time: a starting
// point for options of your own.
func (p Parameters) Options(created time.Time) Options {
	return Options{
		Deadline: created.Add(p.ForceFinalizeAfter).Truncate(time.Second), BaseWindow: p.BaseWindow,
		ValidationWindow: p.ValidationWindow, CommitWindow: p.CommitWindow, MinPrevalidations: p.MinPrevalidations,
		MinPostvalidations: p.MinPostvalidations, MinValidatorStake: p.MinValidatorStake,
	}
}

func parametersOf(w bindings.ProtocolParams) Parameters {
	return Parameters{
		FeeBps: w.FeeBps, ValidatorShareBps: w.ValidatorShareBps, ForceFinalizeAfter: anchor.Duration(w.ForceFinalizeAfter),
		ValidationWindow: anchor.Duration(w.ValidationWindow), BaseWindow: anchor.Duration(w.BaseWindow), CommitWindow: anchor.Duration(w.CommitWindow),
		MinPrevalidations: w.MinPrevalidations, MinPostvalidations: w.MinPostvalidations, MinReward: w.MinReward,
		MinValidatorStake: w.MinValidatorStake, UnstakeCooldown: anchor.Duration(w.UnstakeCooldown), OutlierTolerance: w.OutlierTolerance,
		SlashBps: w.SlashBps, ReporterShareBps: w.ReporterShareBps, ClaimPeriod: anchor.Duration(w.ClaimPeriod),
	}
}

func (p Parameters) wire() bindings.ProtocolParams {
	return bindings.ProtocolParams{
		FeeBps: p.FeeBps, ValidatorShareBps: p.ValidatorShareBps, ForceFinalizeAfter: anchor.Seconds(p.ForceFinalizeAfter),
		ValidationWindow: anchor.Seconds(p.ValidationWindow), BaseWindow: anchor.Seconds(p.BaseWindow), CommitWindow: anchor.Seconds(p.CommitWindow),
		MinPrevalidations: p.MinPrevalidations, MinPostvalidations: p.MinPostvalidations, MinReward: p.MinReward,
		MinValidatorStake: p.MinValidatorStake, UnstakeCooldown: anchor.Seconds(p.UnstakeCooldown), OutlierTolerance: p.OutlierTolerance,
		SlashBps: p.SlashBps, ReporterShareBps: p.ReporterShareBps, ClaimPeriod: anchor.Seconds(p.ClaimPeriod),
	}
}

package round

import (
	"time"

	"github.com/decloud-sdk/decloud-go/round/internal/bindings"
)

// Parameters are the protocol's parameters. A round keeps those that it was
// created under.
type Parameters struct {
	FeeBps             uint16        // treasury's part of every payment
	ValidatorShareBps  uint16        // validators' part of a reward
	ForceFinalizeAfter time.Duration // deadline of a round without one of its own
	ValidationWindow   time.Duration
	BaseWindow         time.Duration
	CommitWindow       time.Duration
	MinPrevalidations  uint8
	MinPostvalidations uint8
	MinReward          uint64 // lamports
	MinValidatorStake  uint64 // lamports
	UnstakeCooldown    time.Duration
	OutlierTolerance   uint16 // hundredths of a percent
	SlashBps           uint16
	ReporterShareBps   uint16
	ClaimPeriod        time.Duration
}

// Options are the options that a round created at that time has unless it is
// configured: a starting point for other ones.
func (p Parameters) Options(created time.Time) Options {
	return Options{
		Deadline: created.Add(p.ForceFinalizeAfter).Truncate(time.Second), BaseWindow: p.BaseWindow,
		ValidationWindow: p.ValidationWindow, CommitWindow: p.CommitWindow, MinPrevalidations: p.MinPrevalidations,
		MinPostvalidations: p.MinPostvalidations, MinValidatorStake: p.MinValidatorStake,
	}
}

func parametersOf(w bindings.ProtocolParams) Parameters {
	return Parameters{
		FeeBps: w.FeeBps, ValidatorShareBps: w.ValidatorShareBps, ForceFinalizeAfter: duration(w.ForceFinalizeAfter),
		ValidationWindow: duration(w.ValidationWindow), BaseWindow: duration(w.BaseWindow), CommitWindow: duration(w.CommitWindow),
		MinPrevalidations: w.MinPrevalidations, MinPostvalidations: w.MinPostvalidations, MinReward: w.MinReward,
		MinValidatorStake: w.MinValidatorStake, UnstakeCooldown: duration(w.UnstakeCooldown), OutlierTolerance: w.OutlierTolerance,
		SlashBps: w.SlashBps, ReporterShareBps: w.ReporterShareBps, ClaimPeriod: duration(w.ClaimPeriod),
	}
}

func (p Parameters) wire() bindings.ProtocolParams {
	return bindings.ProtocolParams{
		FeeBps: p.FeeBps, ValidatorShareBps: p.ValidatorShareBps, ForceFinalizeAfter: seconds(p.ForceFinalizeAfter),
		ValidationWindow: seconds(p.ValidationWindow), BaseWindow: seconds(p.BaseWindow), CommitWindow: seconds(p.CommitWindow),
		MinPrevalidations: p.MinPrevalidations, MinPostvalidations: p.MinPostvalidations, MinReward: p.MinReward,
		MinValidatorStake: p.MinValidatorStake, UnstakeCooldown: seconds(p.UnstakeCooldown), OutlierTolerance: p.OutlierTolerance,
		SlashBps: p.SlashBps, ReporterShareBps: p.ReporterShareBps, ClaimPeriod: seconds(p.ClaimPeriod),
	}
}

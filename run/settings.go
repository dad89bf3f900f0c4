package run

import (
	"errors"
	"fmt"
	"time"

	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

// Settings are what the program needs of a run's configuration; their names in the
// configuration file are Psyche's. Durations are whole seconds on chain.
type Settings struct {
	WarmupTime                  time.Duration // over 0, and less than EpochTime
	CooldownTime                time.Duration // over 0
	RoundsPerEpoch              uint32        // 1 to 65,535; or 0 with EpochTime
	EpochTime                   time.Duration // over 0; or 0 with RoundsPerEpoch
	MaxRoundTrainTime           time.Duration // over 0
	RoundWitnessTime            time.Duration // over 0; each of its three phases
	MinClients                  uint16        // 1 to 256; 2 or more where members vote
	InitMinClients              uint16        // MinClients to 256: of the first epoch
	WitnessNodes                uint8         // at most MinClients and 32; 0: all, at most 32
	VerificationPercent         uint8         // 0
	GlobalBatchSizeStart        uint32        // samples of a round, all members together; 1 or more
	GlobalBatchSizeEnd          uint32        // at least GlobalBatchSizeStart
	GlobalBatchSizeWarmupTokens uint64        // samples until the end's size is reached
	TotalSteps                  uint32        // more than is done
	WaitingForMembersExtraTime  time.Duration // over 0
	Voters                      uint8         // 1 to 32, under MinClients, where members vote
	MinStake                    uint64        // base units; over 0 where members vote, 0 with points only
	SlashBps                    uint16        // basis points of the effective stake, 0 to 10,000
	MaxMissed                   uint8         // rounds in a row; 1 or more
	PruneAfter                  time.Duration // for which a slot is kept for who is gone
	RunTime                     time.Duration // from the first resume on; to 10 years
}

// FieldError says which setting is out of its range.
type FieldError struct {
	Field  string // its name in the configuration file
	Reason string // what it must be
}

// Error implements error.
func (e *FieldError) Error() string { return fmt.Sprintf("%s %s", e.Field, e.Reason) }

const year = 365 * 24 * time.Hour

// Check returns a [FieldError] for every setting that the program would refuse in a
// run with that verification and treasury.
func (s Settings) Check(v Verification, t Treasury) error {
	var errs []error
	want := func(ok bool, field, reason string) {
		if !ok {
			errs = append(errs, &FieldError{field, reason})
		}
	}
	s.checkTimes(want)
	s.checkMembers(v, want)
	want(s.VerificationPercent == 0, "verification_percent", "must be 0: updates are verified by witnesses or voters")
	want(s.GlobalBatchSizeStart > 0, "global_batch_size_start", "must be over 0")
	want(s.GlobalBatchSizeStart <= s.GlobalBatchSizeEnd, "global_batch_size_start", "must be at most global_batch_size_end")
	want(s.TotalSteps > 0, "total_steps", "must be more than the steps that are done")
	if v == Vote {
		want(s.Voters >= 1 && s.Voters <= MaxVerifiers && uint16(s.Voters) < s.MinClients, "voters", "must be 1 to 32, and fewer than min_clients")
		want(s.MinStake > 0, "min_stake", "must be over 0 where members vote")
		want(t != Points, "verification", "vote needs a treasury of SOL or tokens: stakes are what is voted with")
	} else {
		want(s.Voters <= MaxVerifiers, "voters", "must be at most 32")
		want(s.MinStake == 0 || t != Points, "min_stake", "must be 0 in a run with points only")
	}
	want(s.SlashBps <= 10_000, "slash_bps", "must be at most 10000 (100 %)")
	want(s.MaxMissed > 0, "max_missed", "must be 1 or more")
	want(s.PruneAfter >= 0 && s.PruneAfter <= year, "prune_after", "must be 0 seconds to a year")
	want(s.RunTime >= time.Second && s.RunTime <= 10*year, "run_time", "must be a second to 10 years")
	return errors.Join(errs...)
}

func (s Settings) checkTimes(want func(ok bool, field, reason string)) {
	isTime := func(d time.Duration) bool { return d >= time.Second && d <= year }
	const reason = "must be over 0 seconds, and at most a year"
	want(isTime(s.WarmupTime), "warmup_time", reason)
	want(s.EpochTime == 0 || s.WarmupTime < s.EpochTime, "warmup_time", "must be less than epoch_time")
	want(isTime(s.CooldownTime), "cooldown_time", reason)
	want(s.RoundsPerEpoch <= 65_535, "rounds_per_epoch", "must be at most 65535")
	want((s.RoundsPerEpoch > 0) != (s.EpochTime != 0), "rounds_per_epoch", "must be 1 or more, unless epoch_time is set: one of the two ends an epoch")
	want(s.EpochTime == 0 || isTime(s.EpochTime), "epoch_time", reason)
	want(isTime(s.MaxRoundTrainTime), "max_round_train_time", reason)
	want(isTime(s.RoundWitnessTime), "round_witness_time", reason)
	want(isTime(s.WaitingForMembersExtraTime), "waiting_for_members_extra_time", reason)
}

func (s Settings) checkMembers(v Verification, want func(ok bool, field, reason string)) {
	least := uint16(1)
	if v == Vote {
		least = 2
	}
	want(s.MinClients >= least && s.MinClients <= MaxMembers, "min_clients", fmt.Sprintf("must be %d to 256", least))
	want(s.InitMinClients >= s.MinClients && s.InitMinClients <= MaxMembers, "init_min_clients", "must be min_clients to 256")
	want(uint16(s.WitnessNodes) <= s.MinClients && s.WitnessNodes <= MaxVerifiers, "witness_nodes", "must be at most min_clients and 32 (0: all, at most 32)")
}

func settingsOf(w bindings.RunConfig) Settings {
	return Settings{
		WarmupTime: anchor.Duration(w.WarmupTime), CooldownTime: anchor.Duration(w.CooldownTime),
		RoundsPerEpoch: w.RoundsPerEpoch, EpochTime: anchor.Duration(w.EpochTime),
		MaxRoundTrainTime: anchor.Duration(w.MaxRoundTrainTime), RoundWitnessTime: anchor.Duration(w.RoundWitnessTime),
		MinClients: w.MinClients, InitMinClients: w.InitMinClients, WitnessNodes: w.WitnessNodes, VerificationPercent: w.VerificationPercent,
		GlobalBatchSizeStart: w.GlobalBatchSizeStart, GlobalBatchSizeEnd: w.GlobalBatchSizeEnd,
		GlobalBatchSizeWarmupTokens: w.GlobalBatchSizeWarmupTokens, TotalSteps: w.TotalSteps,
		WaitingForMembersExtraTime: anchor.Duration(w.WaitingForMembersExtraTime), Voters: w.Voters, MinStake: w.MinStake,
		SlashBps: w.SlashBps, MaxMissed: w.MaxMissed, PruneAfter: anchor.Duration(w.PruneAfter), RunTime: anchor.Duration(w.RunTime),
	}
}

func (s Settings) wire() bindings.RunConfig { return bindings.RunConfig(s.model()) }

// BatchSize is how many samples all members together train on in a round, after so
// many samples were trained on: it grows linearly from the start's to the end's, as
// Psyche's does.
func (s Settings) BatchSize(done uint64) uint32 {
	if s.GlobalBatchSizeWarmupTokens == 0 || done >= s.GlobalBatchSizeWarmupTokens || s.GlobalBatchSizeEnd < s.GlobalBatchSizeStart {
		return s.GlobalBatchSizeEnd
	}
	more := float64(s.GlobalBatchSizeEnd-s.GlobalBatchSizeStart) * (float64(done) / float64(s.GlobalBatchSizeWarmupTokens))
	return s.GlobalBatchSizeStart + uint32(more)
}

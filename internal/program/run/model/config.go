package model

const year = 365 * 86_400

// CheckConfig returns the name of the first field that is out of range for this run under a verification, or nothing.
func (r *Run) CheckConfig(c Config, verification uint8) (field string) {
	isTime := func(seconds int64) bool { return seconds >= 1 && seconds <= year }
	vote := verification == ByVote
	least, done := uint16(1), r.Step
	if vote {
		least, done = 2, r.Round
	}
	for _, check := range []struct {
		field string
		fits  bool
	}{
		{"warmup_time", isTime(c.WarmupTime) && (c.EpochTime == 0 || c.WarmupTime < c.EpochTime)},
		{"cooldown_time", isTime(c.CooldownTime)},
		{"rounds_per_epoch", c.RoundsPerEpoch < 1<<16 && (c.RoundsPerEpoch > 0) != (c.EpochTime != 0)},
		{"epoch_time", c.EpochTime == 0 || isTime(c.EpochTime)},
		{"max_round_train_time", isTime(c.MaxRoundTrainTime)},
		{"round_witness_time", isTime(c.RoundWitnessTime)},
		{"min_clients", c.MinClients >= least && c.MinClients <= Slots},
		{"init_min_clients", c.InitMinClients >= c.MinClients && c.InitMinClients <= Slots},
		{"witness_nodes", uint16(c.WitnessNodes) <= min(c.MinClients, MaxVerifiers)},
		{"verification_percent", c.VerificationPercent == 0},
		{"global_batch_size_start", c.GlobalBatchSizeStart > 0},
		{"global_batch_size_end", c.GlobalBatchSizeStart <= c.GlobalBatchSizeEnd},
		{"total_steps", c.TotalSteps > done},
		{"waiting_for_members_extra_time", isTime(c.WaitingForMembersExtraTime)},
		{"voters", !vote && c.Voters <= MaxVerifiers || vote && c.Voters >= 1 && uint16(c.Voters) <= min(MaxVerifiers, c.MinClients-1)},
		{"min_stake", !vote && (c.MinStake == 0 || r.HasMoney()) || vote && c.MinStake > 0},
		{"slash_bps", c.SlashBps <= whole},
		{"max_missed", c.MaxMissed > 0},
		{"prune_after", c.PruneAfter == 0 || isTime(c.PruneAfter)},
		{"run_time", c.RunTime >= 1 && c.RunTime <= 10*year},
	} {
		if !check.fits {
			return check.field
		}
	}
	return ""
}

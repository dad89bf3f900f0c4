package cli

import (
	"context"
	"flag"
	"io"
	"time"

	"github.com/gagliardetto/solana-go"

	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/run"
)

// object is JSON with Psyche's keys.
type object = map[string]any

func dumpRunCommand(name string) app.Command {
	return app.Command{Name: name, Summary: "show a run's accounts as JSON", Bind: func(fs *flag.FlagSet) app.Action {
		return withRun(bind(fs), false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			v, err := runs.Refresh(ctx, r)
			if err != nil {
				return err
			}
			return printJSON(c, dumpRun(v))
		})
	}}
}

// printJSON prints JSON, asked for or not.
func printJSON(c *app.Call, v any) error {
	c.JSON = true
	return c.Print(v, func(io.Writer) {})
}

func dumpRun(v *run.View) object {
	r := v.Run
	return object{
		"coordinator_instance": object{"address": r.Address, "run_id": r.ID, "join_authority": r.JoinAuthority, "main_authority": r.Authority},
		"coordinator_account": object{
			"address": r.Roster, "run_id": r.ID,
			"setup": object{
				"client_version": r.ClientVersion,
				"metadata":       object{"name": r.Name, "description": r.Description, "num_parameters": r.NumParameters, "vocab_size": r.VocabSize},
				"model":          object{"Head": object{"package": r.PackageCID, "digest": r.Model.String()}},
				"config":         dumpSettings(r.Settings),
			},
			"status":     object{"next_active": v.Roster.Count(run.Joined, run.Active), "state": r.State.String(), "epoch": r.Epoch, "step": r.Step},
			"epoch":      object{"clients": dumpEpoch(v), "rates": object{"current": dumpRates(r.Rates), "future": dumpRates(r.Future)}},
			"clients":    dumpClients(v),
			"accounting": accounting(v),
			"nonce":      r.Generation,
		},
		"treasurer_run": dumpTreasurer(v),
	}
}

// dumpSettings has times in seconds, under the names of the configuration file.
func dumpSettings(s run.Settings) object {
	seconds := func(d time.Duration) int64 { return int64(d / time.Second) }
	return object{
		"warmup_time": seconds(s.WarmupTime), "cooldown_time": seconds(s.CooldownTime), "rounds_per_epoch": s.RoundsPerEpoch, "epoch_time": seconds(s.EpochTime),
		"max_round_train_time": seconds(s.MaxRoundTrainTime), "round_witness_time": seconds(s.RoundWitnessTime),
		"min_clients": s.MinClients, "init_min_clients": s.InitMinClients, "witness_nodes": s.WitnessNodes, "verification_percent": s.VerificationPercent,
		"global_batch_size_start": s.GlobalBatchSizeStart, "global_batch_size_end": s.GlobalBatchSizeEnd,
		"global_batch_size_warmup_tokens": s.GlobalBatchSizeWarmupTokens, "total_steps": s.TotalSteps,
		"waiting_for_members_extra_time": seconds(s.WaitingForMembersExtraTime), "voters": s.Voters, "min_stake": s.MinStake,
		"slash_bps": s.SlashBps, "max_missed": s.MaxMissed, "prune_after": seconds(s.PruneAfter), "run_time": seconds(s.RunTime),
	}
}

// dumpRates has points: what each finisher earns, or all of them together where shared.
func dumpRates(r run.Rates) object {
	return object{"earning": r.Earning, "slashing": r.Slashing, "shared": r.Shared}
}

// clientState names a slot's status in an epoch as Psyche does; "": it is in none.
func clientState(s run.Status) (state string, exited bool) {
	switch s {
	case run.Active:
		return "Healthy", false
	case run.Dropped:
		return "Dropped", true
	case run.Leaving:
		return "Withdrawn", true
	case run.Ejected:
		return "Ejected", true
	}
	return "", false
}

// dumpEpoch has who is in the epoch, and who left it early.
func dumpEpoch(v *run.View) object {
	alive, exited := object{}, object{}
	for _, s := range v.Roster.Slots {
		switch state, gone := clientState(s.Status); {
		case state == "":
		case gone:
			exited[s.Wallet.String()] = state
		default:
			alive[s.Wallet.String()] = state
		}
	}
	return object{"alive": alive, "exited": exited}
}

func dumpClients(v *run.View) object {
	out := object{}
	for _, s := range v.Roster.Slots {
		if s.Status != run.Free {
			out[s.Wallet.String()] = object{"active": s.Status == run.Active, "earned": s.Earned, "slashed": s.Slashed}
		}
	}
	return out
}

func accounting(v *run.View) object {
	var active, earned, slashed uint64
	for _, s := range v.Roster.Slots {
		if s.Status == run.Active {
			active++
		}
		earned, slashed = earned+s.Earned, slashed+s.Slashed
	}
	return object{"max_active": active, "sum_earned": earned, "sum_slashed": slashed}
}

// dumpTreasurer is nil for a run with points only.
func dumpTreasurer(v *run.View) any {
	r := v.Run
	if r.Treasury == run.Points {
		return nil
	}
	var mint any
	if r.Treasury == run.SPL {
		mint = r.Mint
	}
	burn, funded := r.EpochCost(v.Roster.Count(run.Joined, run.Active)), r.Pool+r.Reserved+r.Owed
	var epochs any // null: nothing is paid, so it lasts for ever
	if burn > 0 {
		epochs = float64(r.Pool+r.Reserved) / float64(burn)
	}
	return object{
		"address": r.Vault, "index": 0, "main_authority": r.Authority, "join_authority": r.JoinAuthority,
		"total_claimed_earned_points": r.Paid, "total_claimable_earned_points": r.Paid + r.Owed, "total_unclaimed_earned_points": r.Owed,
		"collateral_mint": mint, "funded_collateral_amount": funded,
		"total_missing_collateral_amount": r.Owed - min(r.Owed, funded), "total_surplus_collateral_amount": funded - min(r.Owed, funded),
		"burn_collateral_amount_per_epoch": burn, "estimated_funded_epochs_count": epochs,
	}
}

func dumpUserCommand() app.Command {
	return app.Command{Name: "json-dump-user", Summary: "show a wallet's part in a run as JSON", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		who := whose(fs)
		return withRun(o, false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			key, err := o.address(c, *who)
			if err != nil {
				return err
			}
			v, m, err := runs.Look(ctx, r, key)
			if err != nil {
				return err
			}
			lamports, err := runs.Chain().Balance(ctx, key)
			if err != nil {
				return err
			}
			balance, err := collateral(ctx, runs, r, key, lamports)
			if err != nil {
				return err
			}
			return printJSON(c, dumpUser(v, m, key, lamports, balance))
		})
	}}
}

// collateral is what a wallet has of what the run pays with.
func collateral(ctx context.Context, runs *run.Client, r *run.Run, wallet solana.PublicKey, lamports uint64) (uint64, error) {
	if r.Treasury == run.SPL {
		return runs.Chain().TokenBalance(ctx, wallet, r.Mint)
	}
	return lamports, nil
}

// dumpUser has null for what the wallet is not. m is nil if it never joined.
func dumpUser(v *run.View, m *run.Member, key solana.PublicKey, lamports, balance uint64) object {
	var client, alive, exited, claimed any
	if totals, slot, ok := totalsIn(v, m, key); ok {
		claimed = totals.Claimed
		client = object{"active": slot != nil && slot.Status == run.Active, "earned": totals.Earned, "slashed": totals.Slashed, "stake": totals.Stake}
		if slot != nil {
			alive, exited = dumpSlot(slot)
		}
	}
	out := object{
		"address": key, "lamports": lamports,
		"coordinator_account":   object{"client": client, "epoch_alive": alive, "epoch_exited": exited},
		"treasurer_participant": nil,
	}
	if v.Run.Treasury != run.Points {
		var mint any
		if v.Run.Treasury == run.SPL {
			mint = v.Run.Mint
		}
		out["treasurer_participant"] = object{
			"collateral_mint": mint, "collateral_amount": balance, "claimed_earned_points": claimed, "claimed_collateral_amount": claimed,
		}
	}
	return out
}

// dumpSlot is a slot among those in the epoch, or among those that left it.
func dumpSlot(s *run.Slot) (alive, exited any) {
	state, gone := clientState(s.Status)
	switch {
	case state == "":
		return nil, nil
	case gone:
		var at any
		if !s.LeftAt.IsZero() {
			at = s.LeftAt
		}
		return nil, object{"state": state, "exited_height": nil, "exited_at": at}
	}
	return object{"state": state, "exited_height": nil}, nil
}

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
			"epoch":      object{"clients": object{"alive": v.Roster.Count(run.Active), "exited": v.Roster.Count(run.Leaving, run.Dropped, run.Ejected)}, "rates": object{"current": dumpRates(r.Rates), "future": dumpRates(r.Future)}},
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

// dumpRates has points, under the names of the flags that set them.
func dumpRates(r run.Rates) object {
	earning := "earning_rate"
	if r.Shared {
		earning = "earning_rate_total_shared"
	}
	return object{earning: r.Earning, "slashing_rate": r.Slashing}
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
	burn := r.EpochCost(v.Roster.Count(run.Joined, run.Active))
	epochs := uint64(0)
	if burn > 0 {
		epochs = r.Pool / burn
	}
	missing, surplus := uint64(0), r.Pool
	if burn > r.Pool {
		missing, surplus = burn-r.Pool, 0
	}
	return object{
		"address": r.Vault, "index": 0, "main_authority": r.Authority, "join_authority": r.JoinAuthority,
		"total_claimed_earned_points": r.Paid, "total_claimable_earned_points": r.Owed, "total_unclaimed_earned_points": r.Owed,
		"collateral_mint": mint, "funded_collateral_amount": r.Pool + r.Reserved + r.Owed,
		"total_missing_collateral_amount": missing, "total_surplus_collateral_amount": surplus,
		"burn_collateral_amount_per_epoch": burn, "estimated_funded_epochs_count": epochs,
	}
}

func dumpUserCommand() app.Command {
	return app.Command{Name: "json-dump-user", Summary: "show a wallet's part in a run as JSON", Bind: func(fs *flag.FlagSet) app.Action {
		o := bind(fs)
		who := fs.String("address", "", "whose: an `address` (default: that of the wallet)")
		return withRun(o, false, func(ctx context.Context, c *app.Call, runs *run.Client, r *run.Run) error {
			key, err := o.address(c, *who)
			if err != nil {
				return err
			}
			v, err := runs.Refresh(ctx, r)
			if err != nil {
				return err
			}
			lamports, err := runs.Chain().Balance(ctx, key)
			if err != nil {
				return err
			}
			totals, err := totalsOf(ctx, runs, r, key)
			if err != nil {
				return err
			}
			return printJSON(c, dumpUser(v, key, lamports, totals))
		})
	}}
}

func dumpUser(v *run.View, key solana.PublicKey, lamports uint64, t run.Totals) object {
	status, left := "None", any(nil)
	if slot := v.Roster.Find(key); slot >= 0 {
		status = v.Roster.Slots[slot].Status.String()
		if at := v.Roster.Slots[slot].LeftAt; !at.IsZero() {
			left = at
		}
	}
	out := object{
		"address": key, "lamports": lamports,
		"coordinator_account": object{
			"client":       object{"active": status == run.Active.String(), "earned": t.Earned, "slashed": t.Slashed},
			"epoch_alive":  object{"state": status, "exited_height": nil},
			"epoch_exited": left,
		},
		"treasurer_participant": nil,
	}
	if v.Run.Treasury != run.Points {
		var mint any
		if v.Run.Treasury == run.SPL {
			mint = v.Run.Mint
		}
		out["treasurer_participant"] = object{
			"collateral_mint": mint, "collateral_amount": t.Stake, "claimed_earned_points": t.Claimed, "claimed_collateral_amount": t.Claimed,
		}
	}
	return out
}

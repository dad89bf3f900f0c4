package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/app"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

// judges are validators with 0.1 SOL at stake.
func judges(t *testing.T, net *localnet.Network, n int) (all []*round.Client) {
	t.Helper()
	for range n {
		v := apptest.Funded(t, net)
		_, err := v.AddStake(t.Context(), chain.LamportsPerSOL/10)
		require.NoError(t, err)
		all = append(all, v)
	}
	return all
}

// The terms of a fair round are shown, and nothing is paid before somebody has agreed.
func TestFairLaunchShowsTermsAndAsks(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	rounds := apptest.Reader(t, net)
	p := apptest.Settled(t, App(), net, cars)
	line := []string{"launch", "-m", model, "-d", "Mnist", "-r", "0.5"}
	say := func(more ...string) []string { return append(line[:len(line):len(line)], more...) }

	judges(t, net, 2)
	p.Fails(1, "nothing was published or paid", say("--yes")...)
	p.Fails(1, "Have validators stake, and launch then: decloud-validator stake 0.1", say("--yes")...)
	judges(t, net, 1)
	p.Fails(1, "Ask for fewer scores: --quorum 3", say("--yes", "--quorum", "5")...)
	shown := p.Type("", say("--dry-run", "--quorum", "5")...)
	require.Equal(t, 1, shown.Code)
	require.Contains(t, shown.Out, "out of 3 with the stake", "a dry run shows the terms all the same")
	p.Fails(2, "nobody puts up 0.6 SOL to earn 0.5", say("--dry-run", "--bond", "0.6")...)

	var dry termsView
	terms := func(args ...string) {
		t.Helper()
		var all struct {
			Succeeds     bool
			Change       int64 `json:"wallet_change_lamports"`
			Transactions []app.DryTransaction
			Result       *termsView
		}
		dry, all.Result = termsView{}, &dry
		p.JSON(&all, args...)
		require.True(t, all.Succeeds)
		require.Len(t, all.Transactions, 1, "the round's creation")
		require.Less(t, all.Change, -int64(dry.Reward)-5000, "the reward, the fee and rent")
	}
	terms(say("--dry-run")...)
	require.True(t, dry.Fair)
	require.Equal(t, "marginal", dry.Rule)
	require.EqualValues(t, 16, dry.Committee)
	require.Equal(t, 3, dry.Drawable)
	require.EqualValues(t, 3, dry.Seats)
	kept, err := filepath.Glob(filepath.Join(p.Home, ".decloud-creator", "blocks", "pins", "*"))
	require.NoError(t, err)
	require.Empty(t, kept, "a dry run leaves no package behind")
	require.Equal(t, []int{0, 80, 90, 110}, []int{dry.Opens, dry.Closes, dry.Scoring, dry.Paid})
	require.EqualValues(t, 480_000, dry.Bond)
	require.Contains(t, fmt.Sprint(dry.Notes), "the test split of Mnist is everybody's")
	require.NotContains(t, fmt.Sprint(dry.Notes), "trainers leave such a round alone")
	for more, why := range map[string]string{"-r 0.001": "reward of 0.001 SOL", "--bond 0.2": "bond of 0.2 SOL", "--open --quorum 2": "quorums of 2 and 2"} {
		terms(say(append(strings.Fields(more), "--dry-run")...)...)
		require.Regexp(t, "trainers leave such a round alone .*"+why, fmt.Sprint(dry.Notes))
	}
	terms(say("--dry-run")...)
	p.Fails(2, "for their scores, so that 1h1m is the least", say("--open", "--deadline", "4m", "--yes")...)
	require.Contains(t, p.Must(say("--dry-run", "--open")...), "note: an open round: who sees a submission can copy it")
	terms(say("--dry-run", "--pace", "quick", "--reward-rule", "proportional", "--committee", "none", "--bond", "0.01")...)
	require.Equal(t, []int{300, 1500, 1800, 2400}, []int{dry.Opens, dry.Closes, dry.Scoring, dry.Paid}, "paid within the hour")
	require.Contains(t, fmt.Sprint(dry.Notes), "a second wallet is a second share")
	terms(say("--dry-run", "--reward-rule", "win-rate")...)
	require.Equal(t, "win rate", dry.Rule)
	require.Contains(t, fmt.Sprint(dry.Notes), "how many of each other they beat")
	terms(say("--dry-run", "--pace", "quick", "--reward-rule", "proportional", "--committee", "none", "--bond", "0.01")...)
	require.Zero(t, dry.Committee)
	require.EqualValues(t, 10_000_000, dry.Bond)

	p.Fails(2, "nothing was published or paid", line...)
	r := p.Type("no\n", line...)
	require.Equal(t, 2, r.Code)
	counter, err := rounds.Counter(t.Context())
	require.NoError(t, err)
	require.Zero(t, counter.Count)
	r = p.Type("yes\n", line...)
	require.Zero(t, r.Code, r.Err)
	require.Contains(t, r.Err, "fair: submissions sealed")

	got, err := rounds.Round(t.Context(), 0)
	require.NoError(t, err)
	require.True(t, got.Sealed())
	require.EqualValues(t, 16, got.Fair.Committee)
	require.Equal(t, reward.Marginal, got.Options.RewardRule)
	require.WithinDuration(t, got.CreatedAt.Add(110*time.Second), got.Options.Deadline, 2*time.Second)
	info := p.Must("info", "0")
	require.Contains(t, info, "sealed")
	require.Contains(t, info, "about 16 drawn by lot")
}

// A creator's app that is stopped at any time goes on from there: it draws the committee that no trainer drew, closes the
// round when everything has its scores, takes back what nobody earned, and ends.
func TestCreatorLooksAfterASealedRoundThroughRestarts(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	rounds := apptest.Reader(t, net)
	p := apptest.Settled(t, App(), net, cars)
	validators := judges(t, net, 3)
	var c created
	p.JSON(&c, "launch", "-m", model, "-d", "Mnist", "-r", "0.5", "--yes", "--pace", "quick")
	trainer := apptest.Funded(t, net)
	_, err := trainer.CreateTrainerProfile(t.Context())
	require.NoError(t, err)

	look := func() *round.Round {
		r, err := rounds.Round(t.Context(), c.RoundID)
		require.NoError(t, err)
		return r
	}
	until := func(at time.Time) { net.Warp(at.Sub(net.Now()) + time.Second) }
	// follow runs the app until it says something, and interrupts it.
	follow := func(what string) {
		d := p.Start("start", "--poll-interval", "0.02", "--json")
		d.Await(`"event":"`+what+`"`, 1)
		require.Equal(t, 130, d.Stop(), d.Err.String())
	}

	until(look().SubmissionsOpen())
	_, err = trainer.SubmitSealed(t.Context(), c.RoundID, "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi")
	require.NoError(t, err)
	until(look().SubmissionsClose().Add(look().Fair.PublishWindow / 2))
	follow("drawn")
	require.True(t, look().Drawn)

	subjects := map[solana.PublicKey]uint32{round.BaseModel: 5000, trainer.Wallet(): 6000}
	until(look().ScoringStarts())
	for subject, accuracy := range subjects {
		for _, v := range validators {
			_, err := v.CommitSealed(t.Context(), c.RoundID, subject, accuracy)
			require.NoError(t, err)
		}
	}
	until(look().ScoringStarts().Add(look().Options.CommitWindow))
	for subject := range subjects {
		for _, v := range validators {
			_, err := v.Reveal(t.Context(), c.RoundID, subject)
			require.NoError(t, err)
		}
	}
	until(look().EarliestFinalize)
	follow("finalized")
	require.Equal(t, round.Finalized, look().Status)

	d := p.Start("start", "--poll-interval", "0.02", fmt.Sprint(c.RoundID), "--json")
	_, err = trainer.ClaimTrainer(t.Context(), c.RoundID)
	require.NoError(t, err)
	for _, v := range validators {
		_, err := v.ClaimValidatorPre(t.Context(), c.RoundID)
		require.NoError(t, err)
		_, err = v.ClaimValidatorPost(t.Context(), c.RoundID, trainer.Wallet())
		require.NoError(t, err)
	}
	require.Zero(t, d.Ended(), d.Err.String())
	_, err = rounds.Vault(t.Context(), c.RoundID)
	require.ErrorIs(t, err, chain.ErrNotFound, "all is paid")
}

// What will never have anything to do ends at once, and says why.
func TestStartOfARoundThatIsNotTheWallets(t *testing.T) {
	net, cars := localnet.New(t), t.TempDir()
	p, other := apptest.Settled(t, App(), net, cars), apptest.Settled(t, App(), net, cars)
	p.Fails(1, "there is no round 7", "start", "7")
	var c created
	other.JSON(&c, "launch", "-m", model, "-d", "Mnist", "-r", "0.5", "--open", "--yes")
	p.Fails(1, "only its creator looks after a round", "start", fmt.Sprint(c.RoundID))
	net.Warp(13 * time.Hour)
	require.Contains(t, other.Must("start", fmt.Sprint(c.RoundID), "--poll-interval", "0.02"), "is over: it has paid everybody")
	other.Fails(1, "its claim period ends", "close", fmt.Sprint(c.RoundID))
	net.Warp(400 * 24 * time.Hour)
	d := other.Start("start", "--poll-interval", "0.02", "--json")
	d.Await(`"event":"closed"`, 1)
	require.Equal(t, 130, d.Stop(), d.Err.String())
	_, err := apptest.Reader(t, net).Round(t.Context(), c.RoundID)
	require.ErrorIs(t, err, chain.ErrNotFound)
	require.Contains(t, other.Must("start", fmt.Sprint(c.RoundID), "--poll-interval", "0.02"), "is over", "its account is closed")

	other.JSON(&c, "launch", "-m", model, "-d", "Mnist", "-r", "0.5", "--open", "--yes")
	net.Warp(400 * 24 * time.Hour)
	other.Must("force-finalize", fmt.Sprint(c.RoundID))
	net.Warp(400 * 24 * time.Hour)
	other.Fails(1, "take what is left of it first", "close", fmt.Sprint(c.RoundID))
}

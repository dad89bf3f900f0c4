package kitcompat

import (
	"context"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/gagliardetto/solana-go/rpc"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/pyclients"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/rating"
	"github.com/decloud-sdk/decloud-go/reward"
	"github.com/decloud-sdk/decloud-go/round"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type key = solana.PublicKey

// outcome is what the Python client saw, and a Go client of the same chain.
type outcome struct {
	seen
	net    *localnet.Network
	rounds *round.Client
}

// TestKitsPlayWholeRounds lets the Python client play three rounds: one from creation to the last withdrawal, one that
// is cancelled, and one that ends at its deadline with an unscored gradient.
func TestKitsPlayWholeRounds(t *testing.T) {
	pyclients.Python(t) // skip before a chain is started
	net := localnet.New(t)
	treasury := balance(t, net, round.LocalTreasury)
	onChain, err := chain.NewClient(chain.Config{RPC: net.RPC()})
	require.NoError(t, err)
	rounds, err := round.NewClient(round.Config{Chain: onChain, Program: net.ProgramID()})
	require.NoError(t, err)
	o := outcome{play(t, net), net, rounds}
	require.Len(t, o.Rounds, 3)

	t.Run("fields parsed by offset", o.accounts)
	t.Run("calls equal the bindings'", o.calls)
	t.Run("events", o.events)
	t.Run("payouts follow the rules", o.payouts)
	t.Run("lamports are conserved", func(t *testing.T) { o.conservation(t, balance(t, net, round.LocalTreasury)-treasury) })
}

func balance(t *testing.T, net *localnet.Network, k key) uint64 {
	t.Helper()
	out, err := net.RPC().GetBalance(context.Background(), k, rpc.CommitmentConfirmed)
	require.NoError(t, err)
	return out.Value
}

// statusNames are the kits' names for a round's status.
var statusNames = map[round.Status]string{round.Active: "Active", round.Finalized: "Finalized", round.Cancelled: "Cancelled"}

func (o outcome) wallet(name string) key { return o.Wallets[name].Key }

// accounts compares the fields that Python parsed by offset with those that the Go client decodes.
func (o outcome) accounts(t *testing.T) {
	ctx := t.Context()
	for id, s := range o.Rounds {
		r, err := o.rounds.Round(ctx, uint64(id))
		require.NoError(t, err)
		sum := uint64(0)
		for _, score := range r.BaseScores {
			sum += uint64(score)
		}
		raw, err := o.net.RPC().GetAccountInfo(ctx, o.rounds.Addresses().Round(uint64(id)))
		require.NoError(t, err)
		_, bump, err := solana.FindProgramAddress([][]byte{[]byte("round"), {byte(id), 0, 0, 0, 0, 0, 0, 0}}, o.net.ProgramID())
		require.NoError(t, err)
		_, vaultBump, err := solana.FindProgramAddress([][]byte{[]byte("vault"), {byte(id), 0, 0, 0, 0, 0, 0, 0}}, o.net.ProgramID())
		require.NoError(t, err)
		require.Equal(t, roundFields{
			ID: r.ID, Creator: r.Creator, ModelCID: r.ModelCID, Dataset: uint8(r.Dataset), Reward: r.Reward, MinRating: uint16(r.MinRating),
			CreatedAt: r.CreatedAt.Unix(), Status: statusNames[r.Status], PreCount: uint8(len(r.BaseScores)), PreSum: sum, Gradients: r.Gradients,
			Validations: r.Validations, Improvement: r.Improvement, Consensus: uint64(r.BaseAccuracy), Bump: bump, VaultBump: vaultBump,
			Size: len(raw.Bytes()),
		}, s.Round)
		require.LessOrEqual(t, s.Round.Size, 992)
		o.work(t, uint64(id), s)
	}
	require.Equal(t, "Finalized", o.Rounds[0].Round.Status)
	require.Equal(t, "Cancelled", o.Rounds[1].Round.Status)
	require.Equal(t, "Finalized", o.Rounds[2].Round.Status)
	require.Equal(t, uint64(7500), o.Rounds[0].Round.Consensus)
	require.WithinDuration(t, time.Now(), time.Unix(o.Rounds[0].Round.CreatedAt, 0), time.Minute)

	for name, want := range map[string]rating.Profile{
		"alice":   {Stars: 500, Total: 2, Successful: 2},
		"bob":     {Stars: 500, Total: 1, Successful: 1}, // the second gradient was never scored
		"mallory": {Stars: 499, Total: 1, Slashed: 1},
	} {
		profile, err := o.rounds.Profile(ctx, o.wallet(name))
		require.NoError(t, err)
		require.Equal(t, want, profile.Profile, name)
		require.Equal(t, &profileSeen{o.wallet(name), uint16(want.Stars), want.Total, want.Successful, want.Slashed}, o.Profiles[name])
	}
}

// work compares the gradients and validations of a round, and checks that there are no others.
func (o outcome) work(t *testing.T, id uint64, s roundSeen) {
	ctx := t.Context()
	gradients, err := o.rounds.Gradients(ctx, id)
	require.NoError(t, err)
	want := map[key]*gradientFields{}
	for _, g := range gradients {
		sum := uint64(0)
		for _, score := range g.Scores {
			sum += uint64(score)
		}
		_, bump, err := solana.FindProgramAddress([][]byte{[]byte("gradient"), {byte(id), 0, 0, 0, 0, 0, 0, 0}, g.Trainer[:]}, o.net.ProgramID())
		require.NoError(t, err)
		want[g.Trainer] = &gradientFields{id, g.Trainer, g.CID, uint8(len(g.Scores)), sum, g.Improvement, g.RewardClaimed, g.RatingSettled, bump}
	}
	for name, got := range s.Gradients {
		require.Equal(t, want[o.wallet(name)], got, name)
	}
	pre, err := o.rounds.PreValidations(ctx, id)
	require.NoError(t, err)
	wantPre := map[key]*preFields{}
	for _, p := range pre {
		wantPre[p.Validator] = &preFields{p.RoundID, p.Validator, p.Accuracy, p.RewardClaimed}
	}
	for name, got := range s.Pre {
		require.Equal(t, wantPre[o.wallet(name)], got, name)
	}
	post, err := o.rounds.PostValidations(ctx, id)
	require.NoError(t, err)
	wantPost := map[[2]key]*postSeen{}
	for _, p := range post {
		wantPost[[2]key{p.Validator, p.Trainer}] = &postSeen{p.Trainer, preFields{p.RoundID, p.Validator, p.Accuracy, p.RewardClaimed}}
	}
	for validator, scores := range s.Post {
		for trainer, got := range scores {
			require.Equal(t, wantPost[[2]key{o.wallet(validator), o.wallet(trainer)}], got, "%s of %s", validator, trainer)
		}
	}
	count := [][3]int{{3, 3, 9}, {0, 0, 0}, {2, 1, 1}}[id]
	require.Equal(t, count, [3]int{len(want), len(wantPre), len(wantPost)})
}

// payouts compares every wallet's payments with what package reward computes from the scores on chain.
func (o outcome) payouts(t *testing.T) {
	for _, id := range []uint64{0, 2} {
		statement := o.statement(t, id)
		paid := map[key]uint64{}
		for _, s := range o.Sent {
			if s.Round == id && (s.Name == "claim_trainer" || s.Name == "claim_validator_pre" || s.Name == "claim_validator_post") {
				paid[o.wallet(s.Who)] += o.moved(t, s)
			}
		}
		for name := range o.Wallets {
			require.Equal(t, statement.Net(o.wallet(name)), paid[o.wallet(name)], "%s in round %d", name, id)
		}
		require.Greater(t, paid[o.wallet("alice")], paid[o.wallet("bob")])
		require.Zero(t, paid[o.wallet("mallory")])
	}
}

// moved returns the lamports that a transaction paid to the wallet that sent it, not counting the fee.
func (o outcome) moved(t *testing.T, s sent) uint64 {
	t.Helper()
	out, err := o.net.RPC().GetTransaction(t.Context(), solana.MustSignatureFromBase58(s.Signature), &rpc.GetTransactionOpts{
		Encoding: solana.EncodingBase64, Commitment: rpc.CommitmentConfirmed})
	require.NoError(t, err)
	return out.Meta.PostBalances[0] + out.Meta.Fee - out.Meta.PreBalances[0]
}

func (o outcome) statement(t *testing.T, id uint64) reward.Statement {
	t.Helper()
	statement, err := o.rounds.Statement(t.Context(), id)
	require.NoError(t, err)
	return statement
}

// conservation accounts for every lamport: what was locked, what left the vaults, and what each wallet has at the end.
func (o outcome) conservation(t *testing.T, fees uint64) {
	locked, paid, remainder := uint64(0), uint64(0), uint64(0)
	for _, id := range []uint64{0, 2} {
		s := o.statement(t, id)
		locked += o.Rounds[id].Round.Reward
		remainder += s.Remainder
		for _, line := range s.Lines {
			paid += line.Payment.Net
		}
		_, err := o.rounds.Vault(t.Context(), id)
		require.ErrorIs(t, err, chain.ErrNotFound)
	}
	require.Equal(t, locked, paid+fees+remainder)

	spent := map[string]int64{} // rent and fees minus income
	for _, s := range o.Sent {
		out, err := o.net.RPC().GetTransaction(t.Context(), solana.MustSignatureFromBase58(s.Signature), &rpc.GetTransactionOpts{
			Encoding: solana.EncodingBase64, Commitment: rpc.CommitmentConfirmed})
		require.NoError(t, err)
		require.Equal(t, uint64(5000), out.Meta.Fee, s.Name)
		before, after := uint64(0), uint64(0)
		for i := range out.Meta.PreBalances {
			before, after = before+out.Meta.PreBalances[i], after+out.Meta.PostBalances[i]
		}
		require.Equal(t, before, after+out.Meta.Fee, s.Name)
		spent[s.Who] += int64(out.Meta.PreBalances[0]) - int64(out.Meta.PostBalances[0])
	}
	for name, w := range o.Wallets {
		require.EqualValues(t, 5*solana.LAMPORTS_PER_SOL, int64(w.Balance)+spent[name], name)
		require.Equal(t, balance(t, o.net, w.Key), w.Balance, name)
	}
}

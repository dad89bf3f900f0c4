package view_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/localnet/localtest"
	"github.com/decloud-sdk/decloud-go/run"
)

// slashed is a run of voters of whom some do not reveal, and what was put into its vault and went out of it as nobody's pay.
type slashed struct {
	*scene.Scene
	members []*localtest.Player
	run     *run.Run
	in, out uint64
	balance func() uint64 // of the vault, as the chain says
}

const stake = 1_000_003

// Runs of SOL and of tokens, through a slash to the withdrawn pool: each picture is what the chain says and what people paid and got.
func TestMoneyOfSlashes(t *testing.T) {
	t.Run("SOL", func(t *testing.T) {
		s := &slashed{Scene: scene.New(t, localnet.InProcess())}
		s.begin(t, run.Spec{ID: "slashed", Treasury: run.SOL})
		rent := s.lamports(t) // of the vault, before anything is put in
		s.balance = func() uint64 { return s.lamports(t) - rent }
		s.play(t, view.Unit{Name: "SOL", Decimals: 9})
	})
	t.Run("SPL", func(t *testing.T) {
		s := &slashed{Scene: scene.New(t, localnet.InProcess(), localnet.WithToken(tokenPrograms(t)))}
		mint, _, err := s.Creator.Rounds.Chain().CreateMint(t.Context(), 6)
		require.NoError(t, err)
		s.begin(t, run.Spec{ID: "slashed", Mint: mint})
		for _, p := range append(s.members, s.Creator) {
			s.tokens(t, mint, p.Runs.Wallet())
		}
		s.balance = func() uint64 {
			vault, err := s.Reader.Chain.TokenAccount(t.Context(), s.run.Vault)
			require.NoError(t, err)
			return vault.Amount
		}
		s.play(t, view.Unit{Name: "tokens", Decimals: 6, Mint: mint.String()})
	})
}

// tokenPrograms is a directory with the SPL programs, which .ci/install fetches.
func tokenPrograms(t *testing.T) string {
	root := os.Getenv("DECLOUD_SPL_TOKEN")
	if root == "" {
		cache, err := os.UserCacheDir()
		require.NoError(t, err)
		root = filepath.Join(cache, "decloud-ci", "spl")
	}
	found, err := filepath.Glob(filepath.Join(root, "*", "token.so"))
	require.NoError(t, err)
	if len(found) == 0 {
		require.NotEqual(t, "true", os.Getenv("CI"), "no token program in %s: run .ci/install", root)
		t.Skipf("no token program in %s: run .ci/install", root)
	}
	return filepath.Dir(found[0])
}

// begin creates the run, of one round in which all others vote on what one trains.
func (s *slashed) begin(t *testing.T, spec run.Spec) {
	ctx, runs := t.Context(), s.Creator.Runs
	s.members = s.Validators
	var err error
	s.run, _, err = runs.CreateRun(ctx, spec)
	require.NoError(t, err)
	_, err = runs.UpdateConfig(ctx, s.run, run.UpdateConfig{Digest: run.Digest{1}, Verification: run.Vote, PackageCID: scene.PackageCID, Settings: run.Settings{
		WarmupTime: 10 * time.Second, CooldownTime: 5 * time.Second, RoundsPerEpoch: 1, MaxRoundTrainTime: time.Minute, RoundWitnessTime: 20 * time.Second,
		MinClients: 3, InitMinClients: 3, GlobalBatchSizeStart: 30, GlobalBatchSizeEnd: 60, TotalSteps: 1, WaitingForMembersExtraTime: 3 * time.Second,
		MaxMissed: 2, PruneAfter: time.Hour, RunTime: 240 * time.Hour, Voters: 2, MinStake: stake, SlashBps: 1_000}})
	require.NoError(t, err)
	_, err = runs.UpdateModel(ctx, s.run, run.Digest{7})
	require.NoError(t, err)
}

func (s *slashed) lamports(t *testing.T) uint64 {
	found, err := s.Reader.Chain.Accounts(t.Context(), s.run.Vault)
	require.NoError(t, err)
	return found[0].Lamports
}

func (s *slashed) tokens(t *testing.T, mint, wallet solana.PublicKey) {
	by := s.Creator.Rounds.Wallet()
	_, err := s.Creator.Rounds.Chain().Send(t.Context(), []solana.Instruction{chain.CreateAssociatedToken{Payer: by, Wallet: wallet, Mint: mint},
		chain.MintTokens{Mint: mint, To: chain.AssociatedTokenAddress(wallet, mint), Authority: by, Amount: 100_000_000, Decimals: 6}})
	require.NoError(t, err)
}

// play goes through the run, and looks at each step.
func (s *slashed) play(t *testing.T, unit view.Unit) {
	ctx, runs := t.Context(), s.Creator.Runs
	s.look(t, unit)
	_, err := runs.TopUp(ctx, s.run, 50_000_000, solana.PublicKey{})
	require.NoError(t, err)
	s.in += 50_000_000
	_, err = runs.SetPaused(ctx, s.run, false)
	require.NoError(t, err)
	resumed, err := runs.Run(ctx, "slashed")
	require.NoError(t, err)
	for _, m := range s.members {
		_, err = m.Runs.Join(ctx, resumed, stake, [32]byte{1})
		require.NoError(t, err)
		s.in += stake
	}
	require.Equal(t, view.Amount(3*stake), part(t, s.look(t, unit).Money.Out, "stakes"))
	s.vote(t)
	v := s.look(t, unit)
	require.Equal(t, view.Amount(2*(stake/10)), part(t, v.Money.Out, "slashes"))
	require.Equal(t, view.Amount(3*stake-2*(stake/10)), part(t, v.Money.Out, "stakes"))

	due := 0
	for _, slot := range v.Slots {
		if slot.SlashDue == 0 {
			continue
		}
		due++
		require.Equal(t, view.Amount(stake/10), slot.SlashDue)
		_, err = runs.Slash(ctx, s.run, solana.MustPublicKeyFromBase58(slot.Wallet))
		require.NoError(t, err)
		s.out += stake / 10 / 10
		s.look(t, unit)
	}
	require.Equal(t, 2, due)
	s.giveBack(t, unit)
}

// vote plays the round: the drawn voters commit, and none reveals.
func (s *slashed) vote(t *testing.T) {
	ctx := t.Context()
	for range 50 {
		v, err := s.Creator.Runs.View(ctx, "slashed")
		require.NoError(t, err)
		if v.Run.State == run.Finished {
			return
		}
		if v.Run.State == run.Warmup {
			for _, m := range s.members {
				_, _ = m.Runs.Ready(ctx, s.run) // again is an error
			}
		}
		if v.TickDue() {
			_, err = s.Creator.Runs.Tick(ctx, s.run)
			require.NoError(t, err)
		}
		s.Net.Warp(5 * time.Second)
		s.Net.WarpSlots(10)
	}
	require.Fail(t, "the run does not end")
}

// giveBack has the authority and the members take what is theirs.
func (s *slashed) giveBack(t *testing.T, unit view.Unit) {
	ctx, runs := t.Context(), s.Creator.Runs
	one, err := runs.Run(ctx, "slashed")
	require.NoError(t, err)
	_, err = runs.WithdrawSurplus(ctx, s.run, one.Pool)
	require.NoError(t, err)
	v := s.look(t, unit)
	require.Equal(t, view.Amount(50_000_000+2*(stake/10-stake/10/10)), part(t, v.Money.Out, "creator"), "with what was slashed")
	for _, slot := range v.Slots {
		_, err = runs.WithdrawStake(ctx, s.run, solana.MustPublicKeyFromBase58(slot.Wallet), uint64(slot.Stake))
		require.NoError(t, err)
		s.out += uint64(slot.Stake)
	}
	require.Zero(t, amountOf(s.look(t, unit).Money.In, "held"))
	require.Zero(t, s.balance())
}

// look reads the run, and compares its picture with the chain and with what was paid.
func (s *slashed) look(t *testing.T, unit view.Unit) view.Run {
	t.Helper()
	v, err := s.Reader.Run(t.Context(), "slashed")
	require.NoError(t, err)
	m := v.Money
	require.Equal(t, unit, v.Unit)
	require.Equal(t, unit, m.Unit)
	require.True(t, m.Holds)
	require.Equal(t, total(m.In), total(m.Out))
	require.Equal(t, view.Amount(s.balance()), amountOf(m.In, "held"))
	require.Equal(t, view.Amount(s.in-s.out), total(m.In), "what was put in, without what went to those who slashed and back as stakes")
	require.Zero(t, amountOf(m.Out, "others"))
	return v
}

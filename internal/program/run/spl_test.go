package run_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
	"github.com/decloud-sdk/decloud-go/internal/spltoken"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// withTokens returns a chain with a token program, a mint, and token accounts of some actors.
func withTokens(t *testing.T, dir string, actors ...string) *world {
	t.Helper()
	w := newWorld(t)
	w.treasury = 2
	w.addTokens(dir, actors...)
	return w
}

// addTokens adds them to a chain.
func (w *world) addTokens(dir string, actors ...string) {
	elf, err := os.ReadFile(filepath.Join(dir, "token.so"))
	require.NoError(w.T, err)
	suite.AddProgram(w.T, w.Bank, solana.TokenProgramID, elf)
	w.mint = w.Pub("mint")
	w.setMint(solana.TokenProgramID, 1)
	for _, who := range actors {
		w.openTokens(who, w.mint, 1_000*sol)
	}
}

// setMint puts a mint on the chain, initialized or not.
func (w *world) setMint(owner solana.PublicKey, initialized byte) {
	data := make([]byte, 82)
	binary.LittleEndian.PutUint64(data[36:], 1<<63) // supply
	data[44], data[45] = 9, initialized
	require.NoError(w.T, w.Bank.SetAccount(w.mint, svm.Account{Lamports: svm.RentExempt(82), Owner: owner, Data: data}))
}

// openTokens puts an actor's token account on the chain.
func (w *world) openTokens(who string, mint solana.PublicKey, amount uint64) {
	data := make([]byte, 165)
	copy(data, mint[:])
	owner := w.Pub(who)
	copy(data[32:], owner[:])
	binary.LittleEndian.PutUint64(data[64:], amount)
	data[108] = 1 // initialized
	require.NoError(w.T, w.Bank.SetAccount(w.tokenAccount(who), svm.Account{Lamports: svm.RentExempt(165), Owner: solana.TokenProgramID, Data: data}))
}

// giveTokens adds to the balance of a token account.
func (w *world) giveTokens(key solana.PublicKey, n uint64) {
	a, ok := w.Bank.Account(key)
	require.True(w.T, ok)
	a = a.Clone()
	binary.LittleEndian.PutUint64(a.Data[64:], w.tokensIn(key)+n)
	require.NoError(w.T, w.Bank.SetAccount(key, a))
}

var players = []string{"authority", "eve", "ann", "ben", "cat", "dan", "fay", "gus"}

// TestRandomRunsWithTokens plays runs whose treasury is a token account, with the real token programs.
func TestRandomRunsWithTokens(t *testing.T) {
	spltoken.Each(t, func(t *testing.T, dir string) {
		w := withTokens(t, dir, players...)
		w.OK(w.authorize(solana.PublicKey{}))
		snapshot := w.Bank.Snapshot()
		for seed := range number(t, "PROGRAM_RUNS", 3) {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				w.Bank.Restore(snapshot)
				randomRun(w.on(t), rand.New(rand.NewPCG(uint64(seed), 8)))
			})
		}
	})
}

// TestTokens follows a token from the first stake to the end of the run.
func TestTokens(t *testing.T) {
	spltoken.Each(t, func(t *testing.T, dir string) {
		w := withTokens(t, dir, players...)
		w.open(plain(), 0)
		w.OK(w.topUp("eve", sol), w.setRates(1000, 10, false))
		w.OK(w.join("ann", 1, 5*sol), w.join("ben", 1, 5*sol))
		require.Equal(t, 11*sol, w.tokensIn(w.vault()))
		w.goTo(train, 1)
		w.playRound(digest(100), "ann", "ben")
		w.playRound(digest(101), "ann", "ben")
		w.OK(w.claim("ann", 1000))
		require.Equal(t, 995*sol+1000, w.tokensIn(w.tokenAccount("ann")))
		w.OK(w.setPaused(true))
		w.goTo(paused, 0)
		w.OK(w.leave("ben"))
		w.OK(w.withdrawStake("ben", "ben", 5*sol))
		w.OK(w.withdrawSurplus(sol - 2000))
		require.Equal(t, 1_001*sol-2000, w.tokensIn(w.tokenAccount("authority")))
		require.Equal(t, 5*sol+1000, w.tokensIn(w.vault()))

		wrong := w.claim("ben", 1000)
		w.Fails(wrong.With(5, w.tokenAccount("eve")), uint32(model.InvalidTokenAccount)) // not the wallet's
		w.Fails(wrong.With(5, w.vault()), 2040)
		w.Fails(wrong.With(5, w.Pub("ben")), uint32(model.InvalidTokenAccount))
		w.Fails(wrong.With(6, solana.Token2022ProgramID), 3008)
		other := wrong
		other.Metas = other.Metas[:6]
		w.Fails(other, 3005)
		w.openTokens("ben", w.Pub("another mint"), 0)
		w.Fails(wrong, uint32(model.InvalidTokenAccount))
		w.openTokens("ben", w.mint, 0)
		w.OK(wrong)

		w.Warp(365 * day)
		w.OK(w.tick())
		require.EqualValues(t, finished, w.state())
		w.Fails(w.closeRun(), uint32(model.NotEmpty))
		w.OK(w.withdrawStake("ann", "eve", 5*sol)) // anybody may now; it goes to the wallet
		require.Equal(t, 1_000*sol+1000, w.tokensIn(w.tokenAccount("ann")))
		w.giveTokens(w.vault(), 77)
		before := w.tokensIn(w.tokenAccount("authority"))
		w.OK(w.closeRun())
		require.Equal(t, before+77, w.tokensIn(w.tokenAccount("authority")))
		for _, key := range []solana.PublicKey{w.run(), w.roster(), w.ballots(), w.vault()} {
			w.Gone(key)
		}
	})
}

// A mint must be one, of the classic token program.
func TestMints(t *testing.T) {
	spltoken.Each(t, func(t *testing.T, dir string) {
		w := withTokens(t, dir)
		try := func(code uint32) {
			res := w.Send(w.create()...)
			require.NotNil(t, res.Err)
			require.EqualValues(t, code, res.Err.Instruction.Code, res.Logs)
		}
		w.setMint(solana.TokenProgramID, 0)
		try(uint32(model.InvalidTokenAccount))
		w.setMint(solana.Token2022ProgramID, 1)
		try(uint32(model.InvalidTokenAccount))
		w.setMint(solana.TokenProgramID, 1)
		w.OK(w.create()...)
	})
}

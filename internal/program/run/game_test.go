package run_test

import (
	"encoding/binary"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/programtest"
	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
	"github.com/decloud-sdk/decloud-go/internal/svm"
)

// A game is a run on the chain and the same run in the model. Each call is made on both, and they must agree on every byte.
type game struct {
	*world
	model.State
	members map[string]*model.Member
	surplus uint64 // in the vault besides the books
	calls   int
}

// newGame returns the game of a run that was just created.
func newGame(w *world) *game {
	g := &game{world: w, members: map[string]*model.Member{}}
	g.Key = w.run()
	g.Run = decode[model.Run](w, w.run())
	g.Roster = decode[model.Roster](w, w.roster())
	g.Ballots = decode[model.Ballots](w, w.ballots())
	return g
}

func decode[T model.Accounts](w *world, key solana.PublicKey) *T {
	v, err := model.Decode[T](w.Data(key))
	require.NoError(w.T, err)
	return v
}

// clock is what the last transaction saw.
func (g *game) clock() model.Clock {
	return model.Clock{Now: g.Bank.UnixTime(), Slot: g.Bank.Slot() - 1, Hash: g.slotHash}
}

// slotHash finds hashes in the sysvar as the last transaction saw it.
func (g *game) slotHash(slot uint64) (hash model.Digest, state model.HashState) {
	sysvar, ok := g.Bank.Account(solana.SysVarSlotHashesPubkey)
	require.True(g.T, ok)
	le := binary.LittleEndian
	state = model.HashNotYet
	oldest := g.Bank.Slot()
	for i := range le.Uint64(sysvar.Data) {
		entry := sysvar.Data[8+40*i:]
		at := le.Uint64(entry)
		if at >= g.Bank.Slot()-1 {
			continue // the transaction's own slot
		}
		oldest = at
		if at >= slot {
			hash, state = model.Digest(entry[8:40]), model.HashFound
		}
	}
	if state == model.HashFound && oldest > slot {
		return model.Digest{}, model.HashForgotten
	}
	return hash, state
}

// play makes a call and the model's move, and compares. It reports whether both succeeded.
func (g *game) play(k programtest.Call, move func() error) bool {
	g.T.Helper()
	g.calls++
	code, res := g.Code(k)
	want := uint32(programtest.Success)
	if err := move(); err != nil {
		var refusal model.Error
		require.ErrorAs(g.T, err, &refusal)
		want = uint32(refusal)
	}
	require.Equal(g.T, want, code, "%s: %v", k.Name, res.Logs)
	if code == programtest.Success {
		g.compare(k.Name)
	}
	return code == programtest.Success
}

// compare requires that chain and model agree, and that the books are right.
func (g *game) compare(name string) {
	g.T.Helper()
	equal(g, name, g.run(), g.Run)
	equal(g, name, g.roster(), g.Roster)
	equal(g, name, g.ballots(), g.Ballots)
	for who, m := range g.members {
		if m.CreatedSlot > 0 {
			equal(g, name, g.member(who), m)
		}
	}
	g.checkBooks(name)
}

func equal[T model.Accounts](g *game, name string, key solana.PublicKey, want *T) {
	g.T.Helper()
	if data := g.Data(key); string(model.Encode(want)) != string(data) {
		got, err := model.Decode[T](data)
		require.NoError(g.T, err)
		require.Equal(g.T, want, got, name)
	}
}

// checkBooks requires conservation, and that the run owes what is due to its members.
func (g *game) checkBooks(name string) {
	g.T.Helper()
	r := g.Run
	var stakes, owed uint64
	for _, s := range g.Roster.Slots {
		stakes += s.Stake
		owed += s.Due()
		if s.SlashDue > s.Stake {
			require.LessOrEqual(g.T, s.SlashDue, s.Stake, name)
		}
	}
	for _, m := range g.members {
		if m.CreatedSlot == r.CreatedSlot {
			stakes += m.Stake
			if m.Slot == model.NoSlot {
				owed += m.Due()
			}
		}
	}
	require.Equal(g.T, stakes, r.Stakes, name)
	if !r.HasMoney() {
		require.Zero(g.T, r.Pool+r.Reserved+r.Owed+r.Stakes, name)
		return
	}
	require.Equal(g.T, owed, r.Owed, name)
	require.Equal(g.T, g.inVault(), r.Pool+r.Reserved+r.Owed+r.Stakes+g.surplus, name)
}

// inVault is what the vault holds, its rent aside.
func (g *game) inVault() uint64 {
	if g.treasury == 2 {
		return g.tokensIn(g.vault())
	}
	return g.Lamports(g.vault()) - svm.RentExempt(41)
}

// tokensIn is the balance of a token account.
func (w *world) tokensIn(key solana.PublicKey) uint64 {
	a, ok := w.Bank.Account(key)
	require.True(w.T, ok)
	return binary.LittleEndian.Uint64(a.Data[64:])
}

// memberOf is the model's account of a member; before it joins it is empty.
func (g *game) memberOf(who string) *model.Member {
	if m, ok := g.members[who]; ok {
		return m
	}
	key := g.member(who)
	_, bump, err := solana.FindProgramAddress([][]byte{[]byte("member"), g.Key[:], g.Pub(who).Bytes()}, g.ID)
	require.NoError(g.T, err)
	require.False(g.T, key.IsZero())
	m := &model.Member{Bump: bump, Run: g.Key, Wallet: g.Pub(who), Payer: g.Pub("payer")}
	g.members[who] = m
	return m
}

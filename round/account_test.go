package round_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// roundAccount makes a round and gives its address and a copy of its account.
func (w *world) roundAccount() (solana.PublicKey, localnet.Account) {
	_, _, err := w.actor().CreateRound(w.Context(), aRound)
	require.NoError(w, err)
	address := round.Addresses{Program: round.LocalProgram}.Round(0)
	account, ok := w.net.Account(address)
	require.True(w, ok)
	account.Data = append([]byte(nil), account.Data...)
	return address, account
}

func TestHostileRoundAccount(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*localnet.Account)
		want  error
	}{
		"missing":             {func(a *localnet.Account) { *a = localnet.Account{} }, chain.ErrNotFound},
		"only lamports":       {func(a *localnet.Account) { a.Owner, a.Data = solana.SystemProgramID, nil }, chain.ErrNotFound},
		"wrong owner":         {func(a *localnet.Account) { a.Owner = solana.TokenProgramID }, chain.ErrWrongOwner},
		"wrong discriminator": {func(a *localnet.Account) { a.Data[0]++ }, chain.ErrWrongType},
		"empty":               {func(a *localnet.Account) { a.Data = nil }, chain.ErrShortAccount},
		"discriminator only":  {func(a *localnet.Account) { a.Data = a.Data[:8] }, chain.ErrShortAccount},
		"short":               {func(a *localnet.Account) { a.Data = a.Data[:500] }, chain.ErrShortAccount},
		"CID over its field":  {func(a *localnet.Account) { a.Data[112] = 65 }, chain.ErrBadAccount},
		"25 scores":           {func(a *localnet.Account) { a.Data[133] = 25 }, chain.ErrBadAccount},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			address, account := w.roundAccount()
			c.spoil(&account)
			require.NoError(t, w.net.SetAccount(address, account))
			_, err := w.actor().Round(t.Context(), 0)
			require.ErrorIs(t, err, c.want)
			var of *chain.AccountError
			require.ErrorAs(t, err, &of)
			require.Equal(t, address, of.Address)
		})
	}
}

func TestRoundWithTrailingBytes(t *testing.T) {
	w := newWorld(t)
	address, account := w.roundAccount()
	account.Data = append(account.Data, make([]byte, 100)...)
	account.Lamports *= 2
	require.NoError(t, w.net.SetAccount(address, account))
	r, err := w.actor().Round(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, modelCID, r.ModelCID)
}

func TestUnknownEnumsArePassedOn(t *testing.T) {
	w := newWorld(t)
	address, account := w.roundAccount()
	account.Data[113], account.Data[132] = 200, 7
	require.NoError(t, w.net.SetAccount(address, account))
	r, err := w.actor().Round(t.Context(), 0)
	require.NoError(t, err)
	require.Equal(t, "Dataset(200)", r.Dataset.String())
	require.Equal(t, "Status(7)", r.Status.String())
	rounds, err := w.actor().Rounds(t.Context(), round.Filter{Status: []round.Status{7}, Dataset: []round.Dataset{200}})
	require.NoError(t, err)
	require.Len(t, rounds, 1)
}

// A round that an older program wrote ends after the older fields, or has
// meaningless bytes there. It can be read; nothing is ever sent about it.
func TestRoundOfAnOlderProgramCanOnlyBeRead(t *testing.T) {
	for name, resize := range map[string]func([]byte) []byte{
		"ends there":    func(d []byte) []byte { return d[:163] },
		"room for more": func(d []byte) []byte { clear(d[163:]); return d },
		"a little more": func(d []byte) []byte { clear(d[163:]); return d[:170] },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			address, account := w.roundAccount()
			account.Data = resize(account.Data)
			require.NoError(t, w.net.SetAccount(address, account))
			c := w.actor()
			r, err := c.Round(t.Context(), 0)
			require.NoError(t, err)
			require.Zero(t, r.Version)
			require.Equal(t, modelCID, r.ModelCID)
			require.EqualValues(t, sol, r.Reward)
			w.refused(round.ErrForeignProgram)(c.Prevalidate(t.Context(), 0, 5000))
			w.refused(round.ErrForeignProgram)(c.ClaimTrainer(t.Context(), 0))
		})
	}
}

// An older program has a counter that ends after the count.
func TestNothingIsSentToAnOlderProgram(t *testing.T) {
	w := newWorld(t)
	c := w.actor()
	address := c.Addresses().Counter()
	account, ok := w.net.Account(address)
	require.True(t, ok)
	account.Data = account.Data[:17]
	require.NoError(t, w.net.SetAccount(address, account))
	w.refused(round.ErrForeignProgram)(c.CreateTrainerProfile(t.Context()))
	_, err := c.Initialize(t.Context())
	require.Error(t, err)
	w.refused(round.ErrForeignProgram)(c.CreateTrainerProfile(t.Context()))
	_, _, err = c.CreateRound(t.Context(), aRound)
	require.ErrorIs(t, err, round.ErrForeignProgram)
}

func TestAProgramThatWasNeverInitialized(t *testing.T) {
	net := localnet.New(t, localnet.InProcess(), localnet.Empty())
	key, err := chain.NewKeypair()
	require.NoError(t, err)
	onChain, err := chain.NewClient(chain.Config{Network: chain.Network{Name: "mine"}, RPC: net.RPC(), Signer: key})
	require.NoError(t, err)
	c, err := round.NewClient(round.Config{Chain: onChain})
	require.NoError(t, err)
	_, err = c.CreateTrainerProfile(t.Context())
	require.ErrorIs(t, err, chain.ErrNotFound)
	require.ErrorContains(t, err, "the program was not initialized on mine")
}

var decoders = map[string]func(solana.PublicKey, []byte) (any, error){
	"RoundCounter":   func(k solana.PublicKey, d []byte) (any, error) { return round.DecodeCounter(k, d) },
	"Round":          func(k solana.PublicKey, d []byte) (any, error) { return round.DecodeRound(k, d) },
	"Vault":          func(k solana.PublicKey, d []byte) (any, error) { return round.DecodeVault(k, d) },
	"Gradient":       func(k solana.PublicKey, d []byte) (any, error) { return round.DecodeGradient(k, d) },
	"PreValidation":  func(k solana.PublicKey, d []byte) (any, error) { return round.DecodePreValidation(k, d) },
	"PostValidation": func(k solana.PublicKey, d []byte) (any, error) { return round.DecodePostValidation(k, d) },
	"TrainerProfile": func(k solana.PublicKey, d []byte) (any, error) { return round.DecodeProfile(k, d) },
	"ValidatorStake": func(k solana.PublicKey, d []byte) (any, error) { return round.DecodeStake(k, d) },
	"Commitment":     func(k solana.PublicKey, d []byte) (any, error) { return round.DecodeCommitment(k, d) },
}

// Any bytes give a value or an AccountError, never a panic, and never more data
// than there is.
func FuzzAccounts(f *testing.F) {
	for kind := range decoders {
		d := discriminator("account:" + kind)
		f.Add(d[:])
		f.Add(append(d[:], make([]byte, 1200)...))
		f.Add(append(d[:], bytesOf(0xff, 1200)...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for kind, decode := range decoders {
			_, err := decode(solana.PublicKey{1}, data)
			d := discriminator("account:" + kind)
			if len(data) < 8 || [8]byte(data) != d {
				require.Error(t, err, kind)
			}
			var of *chain.AccountError
			if err != nil && !errors.As(err, &of) {
				t.Fatalf("%s: %v is no AccountError", kind, err)
			}
		}
	})
}

func bytesOf(b byte, n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = b
	}
	return out
}

// Times and durations at the limits of their ranges are read without a panic.
func TestExtremeTimes(t *testing.T) {
	for _, seconds := range []int64{math.MinInt64, -1, 0, 1, math.MaxInt64} {
		d := discriminator("account:Round")
		data := append(d[:], make([]byte, 1200)...)
		data[163] = round.Version
		for at := 164; at+8 <= 400; at += 8 {
			binary.LittleEndian.PutUint64(data[at:], uint64(seconds))
		}
		r, err := round.DecodeRound(solana.PublicKey{}, data)
		require.NoError(t, err)
		_ = r.SubmissionsClose().String() + r.SubmissionsOpen().String() + r.Options.Deadline.String()
	}
}

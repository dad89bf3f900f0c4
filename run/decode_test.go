package run

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/anchor"
	"github.com/decloud-sdk/decloud-go/run/internal/bindings"
)

func noise(discriminator [8]byte, size int) []byte {
	data := make([]byte, size)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	copy(data, discriminator[:])
	return data
}

// The two accounts that are read by hand are read as the generated code does.
func TestDecodeAgainstBindings(t *testing.T) {
	data := noise(bindings.Account_Roster, RosterSize)
	want, err := anchor.Decode[bindings.Roster]("Roster", Anybody, bindings.Account_Roster, data)
	require.NoError(t, err)
	got, err := DecodeRoster(Anybody, data)
	require.NoError(t, err)
	require.Equal(t, want.Run, got.Run)
	for i, w := range want.Slots {
		require.Equal(t, Slot{
			w.Wallet, Status(w.Status), w.Missed, w.Included, w.Rejected, Totals{w.Stake, w.Earned, w.Slashed, w.Claimed}, w.SlashDue, anchor.Unix(w.LeftAt),
		}, got.Slots[i])
	}

	data = noise(bindings.Account_Ballots, ballotsSize)
	votes, err := anchor.Decode[bindings.Ballots]("Ballots", Anybody, bindings.Account_Ballots, data)
	require.NoError(t, err)
	ballots, err := DecodeBallots(Anybody, data)
	require.NoError(t, err)
	require.Equal(t, []any{votes.Run, votes.CreatedSlot, votes.Round, Slots(votes.Submitted), Slots(votes.Accepted), votes.Submissions},
		[]any{ballots.Run, ballots.CreatedSlot, ballots.Round, ballots.Submitted, ballots.Accepted, ballots.Submissions})
	for i, w := range votes.Verifiers {
		require.Equal(t, Verifier{int(w.Slot), w.Weight, w.Seen, w.Committed, Ballot{w.Digest, w.Included, w.Score, w.Accuracy}, w.Status}, ballots.Verifiers[i])
	}
}

// Whatever is at an address: an error that says what was expected, and no panic.
func FuzzDecode(f *testing.F) {
	for _, d := range [][8]byte{bindings.Account_Run, bindings.Account_Member, bindings.Account_Authorization, bindings.Account_Protocol} {
		f.Add(noise(d, 1300))
	}
	f.Add(noise(bindings.Account_Roster, RosterSize-1))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		var errs []error
		for _, decode := range []func() error{
			func() error { _, err := DecodeRun(Anybody, data); return err },
			func() error { _, err := DecodeRoster(Anybody, data); return err },
			func() error { _, err := DecodeBallots(Anybody, data); return err },
			func() error { _, err := DecodeMember(Anybody, data); return err },
			func() error { _, err := DecodeAuthorization(Anybody, data); return err },
			func() error { _, err := DecodeProtocol(Anybody, data); return err },
		} {
			if err := decode(); err != nil {
				var account *chain.AccountError
				require.ErrorAs(t, err, &account)
				errs = append(errs, err)
			}
		}
		require.GreaterOrEqual(t, len(errs), 5, "an account is of one type")
	})
}

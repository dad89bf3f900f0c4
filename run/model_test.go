package run

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/program/run/model"
)

// filled decodes random bytes: every field has some value.
func filled[T model.Accounts](t *testing.T, rng *rand.ChaCha8) *T {
	var v T
	raw := make([]byte, binary.Size(v))
	_, _ = rng.Read(raw)
	_, err := binary.Decode(raw, binary.LittleEndian, &v)
	require.NoError(t, err)
	return &v
}

// What the rules are computed from is what the chain holds: typed accounts keep every
// field of the program's, but for bumps.
func TestAccountsBecomeTheModels(t *testing.T) {
	rng := rand.NewChaCha8([32]byte{1})
	for range 20 {
		roster := filled[model.Roster](t, rng)
		r, err := DecodeRoster(solana.PublicKey{}, model.Encode(roster))
		require.NoError(t, err)
		require.Equal(t, roster, r.model())

		ballots := filled[model.Ballots](t, rng)
		b, err := DecodeBallots(solana.PublicKey{}, model.Encode(ballots))
		require.NoError(t, err)
		ballots.Bump = 0
		require.Equal(t, ballots, b.model())

		m := filled[model.Member](t, rng)
		m.Slot %= MaxMembers
		mm, err := DecodeMember(solana.PublicKey{}, model.Encode(m))
		require.NoError(t, err)
		m.Bump = 0
		require.Equal(t, m, mm.model())

		want := aRun(t, rng)
		got, err := DecodeRun(solana.PublicKey{}, model.Encode(want))
		require.NoError(t, err)
		require.Equal(t, want, got.model())
	}
}

// aRun has texts that are texts, and times that fit a Duration.
func aRun(t *testing.T, rng *rand.ChaCha8) *model.Run {
	r := filled[model.Run](t, rng)
	r.Version, r.Bump, r.VaultBump, r.Drawn = Version, 0, 0, r.Drawn%MaxVerifiers
	for i, field := range [][]byte{r.RunID[:], r.Name[:], r.Description[:], r.ClientVersion[:], r.PackageCID[:]} {
		clear(field)
		copy(field, "text"[:1+i%4])
	}
	r.RunIDLen, r.NameLen, r.DescriptionLen, r.ClientVersionLen, r.PackageCIDLen = 1, 2, 3, 4, 1
	c := &r.Config
	for _, seconds := range []*int64{
		&c.WarmupTime, &c.CooldownTime, &c.EpochTime, &c.MaxRoundTrainTime, &c.RoundWitnessTime, &c.WaitingForMembersExtraTime, &c.PruneAfter, &c.RunTime,
		&r.EpochStartedAt, &r.StateStartedAt, &r.PhaseStartedAt, &r.EndsAt,
	} {
		*seconds %= 1 << 32
	}
	return r
}

package roundwork_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/packagefmt"
	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/trainer"
	"github.com/decloud-sdk/decloud-go/validator"
)

// submitPackage has a new player submit a package to the sealed round that says whose it is, after spoil has changed its
// directory, and everybody can fetch it.
func (c *crew) submitPackage(name string, spoil func(dir string) error) solana.PublicKey {
	p := c.Player(c.t, name)
	dir := filepath.Join(c.t.TempDir(), "gradient")
	owner := packagefmt.Owner{Program: p.Rounds.Addresses().Program.String(), Round: c.id, Trainer: p.Wallet.PublicKey().String()}
	require.NoError(c.t, packagefmt.WriteGradient(dir, shifted(1), roundtest.Package(), packagefmt.OwnedBy(owner)))
	require.NoError(c.t, spoil(dir))
	root := c.publish(p, dir)
	_, err := p.Rounds.SubmitSealed(c.t.Context(), c.id, root.String())
	require.NoError(c.t, err)
	return p.Wallet.PublicKey()
}

// change rewrites a file of a package.
func change(name string, how func([]byte) []byte) func(dir string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, how(data), 0o600)
	}
}

// filled has every weight of a head be one number.
func filled(with float32) func([]byte) []byte {
	return func(data []byte) []byte {
		for at := 8 + int(binary.LittleEndian.Uint64(data)); at+4 <= len(data); at += 4 {
			binary.LittleEndian.PutUint32(data[at:], math.Float32bits(with))
		}
		return data
	}
}

// Hostile heads of a sealed round take no validator down and set none against the others: all score them 0, the bonds
// are lost, nobody is slashed, and the honest head is paid.
func TestHostileHeadsOfASealedRound(t *testing.T) {
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := sealed(t, 3)
		m.pupil = m.Player(t, "pupil")
		m.trainer("pupil", m.pupil.Wallet, func(c *trainer.Config) { c.Training.Seed = 1 })
		hostile := map[string]solana.PublicKey{}
		for name, spoil := range map[string]func(string) error{
			"NaN":       change(packagefmt.HeadFile, filled(float32(math.NaN()))),
			"infinite":  change(packagefmt.HeadFile, filled(float32(math.Inf(1)))),
			"torn":      change(packagefmt.HeadFile, func(b []byte) []byte { return b[:len(b)/2] }),
			"lying":     change(packagefmt.HeadFile, func(b []byte) []byte { binary.LittleEndian.PutUint64(b, 1<<62); return b }),
			"too large": change(packagefmt.HeadFile, func(b []byte) []byte { return append(b, make([]byte, 1<<21)...) }),
			"no JSON":   change(packagefmt.ConfigFile, func([]byte) []byte { return []byte("{") }),
			"headless":  func(dir string) error { return os.Remove(filepath.Join(dir, packagefmt.HeadFile)) },
			"crowded":   func(dir string) error { return os.WriteFile(filepath.Join(dir, "more"), []byte("x"), 0o600) },
		} {
			hostile[name] = m.submitPackage(name, spoil)
		}
		for i := range m.judges {
			m.judge(i)
		}
		m.happen(1, "finalized")
		m.happen(1, "claimed", "pupil")
		for name, of := range hostile {
			require.Equal(t, []uint32{0, 0, 0}, m.score(of).Scores, name)
		}
		r := m.round()
		require.Greater(t, m.score(m.pupil.Wallet.PublicKey()).Consensus, r.BaseAccuracy)
		require.EqualValues(t, len(hostile), r.BondsLost)
		m.happen(3*(2+len(hostile)), "claimed", m.name(0), m.name(1), m.name(2))
		for _, p := range m.judges {
			stake, err := p.Rounds.Stake(t.Context(), p.Wallet.PublicKey())
			require.NoError(t, err)
			require.EqualValues(t, 2*sol, stake.Amount)
		}
		require.Zero(t, m.failed(m.wallets()...), "%v", m.told("failed"))
	})
}

// A validator commits and is gone, and two reveals are no quorum of three. Where another one comes for a later sitting,
// the round is paid as if nothing had been; where nobody does, it is finalized by force, the trainer has its bond back,
// nobody's head counts. Who is gone is slashed in either case, and the two who scored alike earn alike.
func TestASealedRoundThatLosesItsQuorum(t *testing.T) {
	for _, comes := range []bool{true, false} {
		t.Run(fmt.Sprint("another one comes: ", comes), func(t *testing.T) {
			warm(t)
			synctest.Test(t, func(t *testing.T) {
				m := sealed(t, 4)
				m.pupil = m.Player(t, "pupil")
				had := m.worth(m.pupil.Wallet.PublicKey())
				m.trainer("pupil", m.pupil.Wallet, func(c *trainer.Config) { c.Training.Seed = 1 })
				m.judge(0)
				m.judge(1)
				commits, gone := m.commitsAndGoes(2)
				m.until("committed", func() bool { return commits() == 2 })
				gone()
				m.until("a sitting is over", func() bool { return !m.Net.Now().Before(m.round().SittingStarts(1)) })
				if comes {
					m.judge(3)
				}
				m.until("finalized", func() bool { return m.round().Status == round.Finalized })
				m.happen(1, "claimed", "pupil")
				m.happen(4, "claimed", m.name(0), m.name(1))
				m.happen(1, string(validator.EventSlashed))
				stake, err := m.anybody().Stake(t.Context(), m.judges[2].Wallet.PublicKey())
				require.NoError(t, err)
				require.EqualValues(t, sol/10, stake.Slashed)

				m.Net.Warp(25 * time.Hour)
				m.closed(t)
				g := m.round()
				earned := m.worth(m.pupil.Wallet.PublicKey()) + round.ProfileRent() - had
				marks, err := m.anybody().UnopenedIn(t.Context(), m.id)
				require.NoError(t, err)
				require.Len(t, marks, 1)
				if marks[0].Reporter == m.pupil.Wallet.PublicKey() {
					earned -= g.SlashAmount()/10_000*uint64(g.ReporterShareBps) - round.RentOfUnopened()
				}
				if comes {
					require.Equal(t, g.Shares().Payment(g.Shares().TrainerPool()).Net, earned)
				} else {
					require.Zero(t, earned, "the bond is back, and no more")
					require.False(t, m.told("finalized")[0].at.Before(g.ScoringEnds()))
				}
				require.Zero(t, m.failed(m.wallets()...), "%v", m.told("failed"))
			})
		})
	}
}

package roundwork_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multihash"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
	"github.com/decloud-sdk/decloud-go/storage"
	"github.com/decloud-sdk/decloud-go/validator"
)

// drips has what a directory has; all else never arrives, and never fails.
type drips struct{ storage.Fetcher }

func (d drips) Fetch(ctx context.Context, root cid.Cid) (io.ReadCloser, error) {
	if r, err := d.Fetcher.Fetch(ctx, root); err == nil {
		return r, nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

// dripping is a CID of nothing.
func dripping(t *testing.T, i int) string {
	t.Helper()
	hash, err := multihash.Sum(fmt.Append(nil, "drip ", i), multihash.SHA2_256, -1)
	require.NoError(t, err)
	return cid.NewCidV1(cid.DagProtobuf, hash).String()
}

// A stranger submits many gradients that never arrive, before an honest trainer does, so that validators spend the time for
// commitments on them: they look for each of them once, the honest one is found and scored by all in the first sitting.
// Before, nobody came by it.
func TestDrippingGradientsStarveNobody(t *testing.T) {
	submissions := 50
	if testing.Short() {
		submissions = 8
	}
	warm(t)
	synctest.Test(t, func(t *testing.T) {
		m := &team{crew: newCrew(t)}
		m.id = m.LaunchSealed(t, m.Player(t, "creator"), func(o *round.Options) {
			o.MinValidatorStake, o.CommitWindow, o.ValidationWindow = sol, 5*time.Minute, 40*time.Minute
		}, nil)
		for i := range 3 {
			m.judges = append(m.judges, m.staked(m.name(i)))
		}
		for i := range submissions {
			m.submitSealed(fmt.Sprint("drip ", i), dripping(t, i))
		}
		m.pupil = m.Player(t, "pupil")
		m.trainer("pupil", m.pupil.Wallet)
		m.happen(1, "submitted")
		for i := range 3 {
			m.judge(i, func(c *validator.Config) {
				c.Store, c.Fetches, c.Parallel = m.openStore([]storage.Fetcher{drips{m.Packages()}}), 2, 1
				c.Policy = validator.Policy{AtALoss: true, MaxStakeAtRisk: 1000 * sol}
			})
		}
		m.until("the first sitting is over", func() bool { return m.Net.Now().After(m.round().SittingStarts(1)) })
		scores := m.score(m.pupil.Wallet.PublicKey()).Scores
		require.Len(t, scores, 3)
		require.NotZero(t, scores[0])
	})
}

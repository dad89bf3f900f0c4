package chain_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/internal/chaintest"
)

// paid makes a payment with 100,000 compute units, and returns what it cost beyond
// the signature, in lamports. Others paid 0, 1, 2, 3 and 4 lamports for each 1,000
// units.
func paid(t *testing.T, configure func(*chain.Config), fault func(chaintest.Call) (*http.Response, error)) (lamports uint64) {
	synctest.Test(t, func(t *testing.T) {
		w, n := viaNode(t)
		w.route.ComputeUnits = 100_000
		configure(&w.route.Config)
		c := w.actor()
		n.Inject(func(call chaintest.Call) (*http.Response, error) {
			if call.Method == "getRecentPrioritizationFees" {
				require.ElementsMatch(t, []any{shop.String(), c.Wallet().String()}, call.Params[0])
				return call.Result(`[{"slot":1,"prioritizationFee":4000},{"slot":2,"prioritizationFee":0},{"slot":3,"prioritizationFee":2000},{"slot":4,"prioritizationFee":3000},{"slot":5,"prioritizationFee":1000}]`)
			}
			if fault != nil {
				return fault(call)
			}
			return nil, nil
		})
		r, err := pay(t.Context(), c)
		require.NoError(t, err)
		lamports = r.Fee - 5000
	})
	return lamports
}

func TestAutomaticPriorityFee(t *testing.T) {
	silent := func(c chaintest.Call) (*http.Response, error) { return c.Fail(-32601, "null") }
	for name, c := range map[string]struct {
		least, most uint64
		want        uint64
	}{
		"not asked for":                {0, 0, 0},
		"fixed":                        {7000, 0, 700},
		"what three in four paid":      {0, 1_000_000, 300},
		"no more than the cap":         {0, 2500, 250},
		"no less than the fixed one":   {3500, 1_000_000, 350},
		"the fixed one equals the cap": {3500, 3500, 350},
	} {
		t.Run(name, func(t *testing.T) {
			got := paid(t, func(cfg *chain.Config) { cfg.PriorityFee, cfg.MaxPriorityFee = c.least, c.most }, nil)
			require.Equal(t, c.want, got)
		})
	}
	t.Run("a node that does not say", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w, n := viaNode(t)
			w.route.ComputeUnits, w.route.PriorityFee, w.route.MaxPriorityFee = 100_000, 1000, 9000
			n.Inject(func(c chaintest.Call) (*http.Response, error) {
				if c.Method == "getRecentPrioritizationFees" {
					return silent(c)
				}
				return nil, nil
			})
			r, err := pay(t.Context(), w.actor())
			require.NoError(t, err)
			require.EqualValues(t, 5000+100, r.Fee)
		})
	})
	_, err := chain.NewClient(chain.Config{PriorityFee: 2, MaxPriorityFee: 1})
	require.ErrorIs(t, err, chain.ErrConfig)
}

// What was too late is offered for twice as much, up to the cap.
func TestThePriorityFeeIsRaised(t *testing.T) {
	for most, want := range map[uint64]uint64{1_000_000: 600, 5000: 500} {
		got := paid(t, func(cfg *chain.Config) { cfg.MaxPriorityFee = most }, lost(90*time.Second))
		require.Equal(t, want, got)
	}
}

package validator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/internal/roundtest"
	"github.com/decloud-sdk/decloud-go/validator"
)

func TestTwoValidatorsWithOneWallet(t *testing.T) {
	b := newBench(t)
	locks := t.TempDir()
	b.start(func(c *validator.Config) { c.Locks = locks })
	b.id = b.Launch(t, b.creator, roundtest.Quorum(1))
	b.await(validator.EventBase)
	second, err := validator.NewWorker(b.config(func(c *validator.Config) { c.Locks = locks }))
	require.NoError(t, err)
	require.ErrorIs(t, second.Run(t.Context()), validator.ErrWalletInUse)
}

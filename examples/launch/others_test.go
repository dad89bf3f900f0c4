package main

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/dataset"
	"github.com/decloud-sdk/decloud-go/examples/internal/apptest"
	"github.com/decloud-sdk/decloud-go/localnet"
	"github.com/decloud-sdk/decloud-go/round"
)

// A chain of somebody's may have rounds already: one that the players would refuse, and one that they would take.
func TestRoundsOfOthersAreLeftAlone(t *testing.T) {
	net := localnet.New(t)
	stranger := apptest.Funded(t, net)
	parameters, err := stranger.Parameters(t.Context())
	require.NoError(t, err)
	for _, quorum := range []uint8{1, 3} {
		o := parameters.Options(time.Now())
		o.MinPrevalidations, o.MinPostvalidations = quorum, quorum
		_, _, err := stranger.CreateRound(t.Context(), round.Spec{ModelCID: "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
			Dataset: round.Dataset(dataset.Mnist), Reward: chain.LamportsPerSOL / 10, MinRating: 100, Options: &o})
		require.NoError(t, err)
	}
	var story bytes.Buffer
	err = run(t.Context(), options{seed: 1, rpc: net.URL(), ws: net.WSURL(), program: net.ProgramID()}, io.Discard, &story)
	require.NoError(t, err, story.String())
	for id := range uint64(2) {
		r, err := stranger.Round(t.Context(), id)
		require.NoError(t, err)
		require.Zero(t, int(r.Prevalidations)+int(r.Gradients), "nobody took part")
	}
}

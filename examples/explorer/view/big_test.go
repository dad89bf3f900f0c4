package view_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/examples/explorer/scene"
	"github.com/decloud-sdk/decloud-go/examples/explorer/view"
	"github.com/decloud-sdk/decloud-go/localnet"
)

// The largest round there can be, and what its answer may weigh: it is sent at every change.
const (
	bigSubmissions, bigValidators = 255, 24
	bigAnswer                     = 200_000
)

// A round of 255 submissions with 24 scores each is what its accounts say, in an answer of some 150 kB.
func TestLargestRound(t *testing.T) {
	s := scene.New(t, localnet.InProcess())
	grow(t, s)
	ctx, rounds := t.Context(), s.Creator.Rounds
	v, err := s.Reader.Round(ctx, scene.Paid)
	require.NoError(t, err)
	text, err := json.Marshal(v)
	require.NoError(t, err)
	t.Log(len(text), "bytes")
	require.Less(t, len(text), bigAnswer)
	require.Len(t, v.Gradients, bigSubmissions)
	require.Len(t, v.Validators, bigValidators+3)

	scores, err := rounds.PostValidations(ctx, scene.Paid)
	require.NoError(t, err)
	require.Len(t, scores, 2*3+(bigSubmissions-2)*bigValidators)
	column := map[string]int{}
	for i, one := range v.Validators {
		column[one] = i
	}
	shown := 0
	for _, g := range v.Gradients {
		shown += len(g.Marks) - strings.Count(g.Marks, string(view.NoScore))
	}
	require.Equal(t, len(scores), shown, "and none that is not there")
	for _, p := range scores {
		g, i := v.Gradients[p.GradientIndex], column[p.Validator.String()]
		require.Equal(t, p.Trainer.String(), g.Trainer)
		require.Equal(t, p.Accuracy, g.Accuracies[i])
		require.Contains(t, "so", g.Marks[i:i+1])
	}
	r, err := rounds.Round(ctx, scene.Paid)
	require.NoError(t, err)
	base, err := rounds.PreValidations(ctx, scene.Paid)
	require.NoError(t, err)
	gradients, err := rounds.Gradients(ctx, scene.Paid)
	require.NoError(t, err)
	statement, err := r.Statement(base, gradients, scores)
	require.NoError(t, err)
	samePayouts(t, statement, v.Payouts)
}

// grow puts submissions and scores into the round that is over, as copies of the accounts of its first ones with other people,
// accuracies and places in the order: as transactions they would take a minute.
func grow(t *testing.T, s *scene.Scene) {
	const trainerAt, validatorAt, accuracyAt, scoreIndexAt, gradientIndexAt = 16, 48, 80, 86, 133
	all := s.Creator.Rounds.Addresses()
	of, by := s.Trainers[0].Rounds.Wallet(), s.Validators[0].Rounds.Wallet()
	gradient, _ := s.Net.Account(all.Gradient(scene.Paid, of))
	score, _ := s.Net.Account(all.PostValidation(scene.Paid, of, by))
	for i := 2; i < bigSubmissions; i++ {
		trainer := solana.PublicKey(sha256.Sum256(fmt.Appendf(nil, "trainer %d", i)))
		g := gradient
		g.Data = slices.Clone(g.Data)
		copy(g.Data[trainerAt:], trainer[:])
		g.Data[gradientIndexAt] = byte(i)
		require.NoError(t, s.Net.SetAccount(all.Gradient(scene.Paid, trainer), g))
		for j := range bigValidators {
			validator := solana.PublicKey(sha256.Sum256(fmt.Appendf(nil, "validator %d", j)))
			p := score
			p.Data = slices.Clone(p.Data)
			copy(p.Data[trainerAt:], trainer[:])
			copy(p.Data[validatorAt:], validator[:])
			binary.LittleEndian.PutUint32(p.Data[accuracyAt:], uint32(5000+i*10+j))
			p.Data[scoreIndexAt] = byte(i)
			address := solana.PublicKey(sha256.Sum256(append(trainer[:], validator[:]...))) // deriving the true ones takes long
			require.NoError(t, s.Net.SetAccount(address, p))
		}
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever the seed: whoever attacks the round earns less than each honest trainer that improved the model, and than
// each honest validator, and every lamport is accounted for.
func TestAFairRoundAmongAttackers(t *testing.T) {
	for seed := range someSeeds() {
		var out, story bytes.Buffer
		page := filepath.Join(t.TempDir(), "round.svg")
		require.NoError(t, run(t.Context(), options{seed: seed, fair: true, json: true, report: page}, &out, &story), story.String())
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		var r fairReport
		d := json.NewDecoder(&out)
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&r))
		require.ErrorIs(t, d.Decode(new(any)), io.EOF)
		c := r.Conservation
		require.True(t, c.Holds)
		require.Equal(t, r.Reward+8*r.Bond, c.PaidTrainers+c.PaidValidators+c.BondsReturned+c.Fees+c.Remainder)
		require.Len(t, r.Participants, 10, "the sybil is one")
		for _, p := range r.Participants {
			require.True(t, bytes.Contains(text, []byte(">"+p.Name+"</text>")), p.Name)
			require.True(t, bytes.Contains(text, []byte(">"+signed(p.Earned)+" SOL</text>")), p.Name)
			switch p.Attack {
			case steals:
				require.Zero(t, p.Accuracy, "the head names alice")
				require.Equal(t, -int64(r.Bond), p.Earned)
			case guesses:
				require.GreaterOrEqual(t, p.Slashed, uint64(60_000_000), "once for every score that is off: a guess can be right")
				require.LessOrEqual(t, p.Slashed, uint64(80_000_000), "and not for one of 0")
			case manyNames:
				require.Len(t, p.Wallets, 3)
			}
		}
	}
}

// The exit status says when an attack pays, and when lamports are missing.
func TestFairReportNamesWhatIsOff(t *testing.T) {
	good := fairReport{Conservation: fairConservation{Holds: true}, Participants: []participant{
		{Name: "alice", Role: roleTrainer, Improved: true, Earned: 5}, {Name: "bob", Role: roleTrainer},
		{Name: "thief", Role: roleTrainer, Attack: steals, Earned: 4},
		{Name: "ada", Role: roleValidator, Earned: 3}, {Name: "eve", Role: roleValidator, Attack: guesses, Earned: 2},
	}}
	require.NoError(t, good.check())
	for want, spoil := range map[string]func(*fairReport){
		"lamports went missing":                            func(r *fairReport) { r.Conservation.Holds = false },
		"thief, who submits what others submitted, earned": func(r *fairReport) { r.Participants[2].Earned = 5 },
		"eve, who guesses its scores, earned":              func(r *fairReport) { r.Participants[4].Earned = 3 },
		"no honest trainer improved":                       func(r *fairReport) { r.Participants[0].Improved = false },
	} {
		bad := good
		bad.Participants = append([]participant(nil), good.Participants...)
		spoil(&bad)
		require.ErrorContains(t, bad.check(), want)
	}
}

// One person's wallets are one line.
func TestWalletsOfASybilAddUp(t *testing.T) {
	var r fairReport
	for _, earned := range []int64{-3, 5, -3} {
		r.add(participant{Name: "sybil-x", Role: roleTrainer, Attack: manyNames, Wallets: []string{"w"}, Earned: earned, Accuracy: uint32(10 + earned)})
	}
	require.Len(t, r.Participants, 1)
	require.Equal(t, participant{Name: "sybil", Role: roleTrainer, Attack: manyNames, Wallets: []string{"w", "w", "w"}, Earned: -1, Accuracy: 15}, r.Participants[0])
}

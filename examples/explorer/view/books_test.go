package view

import (
	"math"
	"testing"

	"github.com/gagliardetto/solana-go"
	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/run"
)

// What no honest chain has: a vault that is short, frozen or has more, and so much going round that sums overflow.
func TestMoneyOfRuns(t *testing.T) {
	for name, c := range map[string]struct {
		held    uint64
		roster  run.Roster
		holds   bool
		others  Amount
		slashes Amount
	}{
		"to the unit":                       {held: 100, holds: true},
		"one more":                          {held: 101, holds: true, others: 1},
		"one less":                          {held: 99},
		"nothing":                           {},
		"a part of the stakes is due":       {held: 100, holds: true, slashes: 3, roster: run.Roster{Slots: [run.MaxMembers]run.Slot{{Totals: run.Totals{Stake: 10}, SlashDue: 3}}}},
		"more is due than is at stake here": {held: 100, holds: true, slashes: 10, roster: run.Roster{Slots: [run.MaxMembers]run.Slot{{Totals: run.Totals{Stake: 10}, SlashDue: 30}}}},
		"more is due than is at stake":      {held: 100, holds: true, slashes: 40, roster: run.Roster{Slots: [run.MaxMembers]run.Slot{{Totals: run.Totals{Stake: 90}, SlashDue: 80}}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &run.Run{Pool: 10, Reserved: 20, Owed: 30, Stakes: 40, Paid: math.MaxUint64, Withdrawn: math.MaxUint64}
			m := runMoney(books{run: r, roster: &c.roster, held: c.held})
			require.Equal(t, c.holds, m.Holds)
			parts := func(all []Part) map[string]Amount {
				of := map[string]Amount{}
				for _, p := range all {
					of[p.Key] = p.Amount
				}
				return of
			}
			in, out := parts(m.In), parts(m.Out)
			require.Equal(t, Amount(c.held), in["held"])
			require.Equal(t, []Amount{10, 20, 30, 40 - c.slashes, c.slashes, c.others}, []Amount{out["vault"], out["reserved"], out["owed"], out["stakes"], out["slashes"], out["others"]})
			for _, key := range []string{"trainers", "creator"} {
				require.Equal(t, Amount(math.MaxUint64), in[key])
				require.Equal(t, Amount(math.MaxUint64), out[key])
			}
		})
	}
	frozen := runMoney(books{run: &run.Run{}, roster: &run.Roster{}, frozen: true})
	require.Contains(t, frozen.Basis, "froze")
}

func TestUnits(t *testing.T) {
	mint := func(decimals byte) chain.Account {
		data := make([]byte, chain.MintSize)
		data[44], data[45] = decimals, 1
		return chain.Account{Data: data, Owner: solana.TokenProgramID}
	}
	foreign := mint(6)
	foreign.Owner = solana.SystemProgramID
	for name, c := range map[string]struct {
		mint chain.Account
		n    uint64
		want string
	}{
		"without decimals":        {mint(0), 1_234, "1234 tokens"},
		"of six":                  {mint(6), 1_234_500, "1.2345 tokens"},
		"less than one":           {mint(6), 1, "0.000001 tokens"},
		"nothing":                 {mint(6), 0, "0 tokens"},
		"as many as can be":       {mint(19), math.MaxUint64, "1.8446744073709551615 tokens"},
		"more than can be":        {mint(255), 5, "5 base units"},
		"of another program":      {foreign, 5, "5 base units"},
		"of which there is none":  {chain.Account{}, 5, "5 base units"},
		"that is not initialized": {chain.Account{Data: make([]byte, chain.MintSize), Owner: solana.TokenProgramID}, 5, "5 base units"},
	} {
		require.Equal(t, c.want, unitOf(c.mint).text(c.n), name)
	}
	require.Equal(t, "0.000000001 SOL", sol.text(1))
	require.Equal(t, "7 points", Unit{Name: "points"}.text(7))
}

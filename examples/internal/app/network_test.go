package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/round"
)

const elsewhere = "So11111111111111111111111111111111111111112"

func TestNetworkOfTheSettings(t *testing.T) {
	for _, c := range []struct {
		name             string
		network, program string
		rpc, ws          string
		wantRPC, wantWS  string
		fails            string
	}{
		{name: "nothing set", network: localnet, wantRPC: "http://127.0.0.1:8899", wantWS: "ws://127.0.0.1:8900"},
		{name: "local, elsewhere", network: localnet, rpc: "http://127.0.0.1:9000", wantRPC: "http://127.0.0.1:9000", wantWS: "ws://127.0.0.1:9001"},
		{name: "devnet without a program", network: devnet, fails: "decloud-test network devnet --program-id ADDRESS"},
		{name: "mainnet without a program", network: mainnet, fails: "no default to be fooled by"},
		{name: "devnet", network: devnet, program: elsewhere, wantRPC: "https://api.devnet.solana.com", wantWS: "wss://api.devnet.solana.com"},
		{name: "a provider", network: mainnet, program: elsewhere, rpc: "https://rpc.example/KEY", wantRPC: "https://rpc.example/KEY", wantWS: "wss://rpc.example/KEY"},
		{name: "a socket of its own", network: devnet, program: elsewhere, rpc: "https://rpc.example", ws: "wss://ws.example", wantRPC: "https://rpc.example", wantWS: "wss://ws.example"},
		{name: "polling", network: localnet, ws: noWS, wantRPC: "http://127.0.0.1:8899"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Common{Network: c.network, ProgramID: c.program, RPC: c.rpc, WS: c.ws}
			n, err := s.network("decloud-test")
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.wantRPC, n.RPC)
			require.Equal(t, c.wantWS, n.WS)
			if c.program == "" {
				require.Equal(t, round.LocalProgram, n.Program)
			}
		})
	}
}

func TestChoosingANetworkForgetsTheOldOnesNode(t *testing.T) {
	env := map[string]string{"HOME": t.TempDir()}
	require.Zero(t, typed(t.Context(), env, "", "rpc", "set", "http://127.0.0.1:9000").code)
	require.Equal(t, 1, typed(t.Context(), env, "", "network", "devnet").code, "no program is named")
	require.Contains(t, typed(t.Context(), env, "", "network").out, "127.0.0.1:9000", "and nothing was saved")
	require.Zero(t, typed(t.Context(), env, "", "network", "-n", "devnet", "--program-id", elsewhere).code)
	shown := typed(t.Context(), env, "", "network").out
	require.Contains(t, shown, "https://api.devnet.solana.com")
	require.Contains(t, shown, elsewhere)
	require.Equal(t, 2, typed(t.Context(), env, "", "network", "testnet").code)
	require.Zero(t, typed(t.Context(), env, "", "network", "localnet").code)
	require.Contains(t, typed(t.Context(), env, "", "network").out, round.LocalProgram.String())
}

func TestPhases(t *testing.T) {
	start := time.Unix(1_000_000, 0)
	r := func(change func(*round.Round)) *round.Round {
		r := &round.Round{Version: round.Version, CreatedAt: start, BaseScores: []uint32{1, 2, 3}, Options: round.Options{
			Deadline: start.Add(12 * time.Hour), ValidationWindow: time.Hour, BaseWindow: time.Minute, MinPrevalidations: 3}}
		if change != nil {
			change(r)
		}
		return r
	}
	for _, c := range []struct {
		want  Phase
		round *round.Round
		after time.Duration
	}{
		{Waiting, r(nil), 0},
		{Waiting, r(func(r *round.Round) { r.BaseScores = r.BaseScores[:2] }), time.Hour},
		{Training, r(nil), time.Minute},
		{Training, r(nil), 11*time.Hour - time.Second},
		{Validating, r(nil), 11 * time.Hour},
		{Overdue, r(nil), 12 * time.Hour},
		{Finalized, r(func(r *round.Round) { r.Status = round.Finalized }), 0},
		{Cancelled, r(func(r *round.Round) { r.Status = round.Cancelled }), 0},
		{Foreign, r(func(r *round.Round) { r.Version = 0 }), 0},
	} {
		got := PhaseOf(c.round, start.Add(c.after))
		require.Equal(t, c.want, got, c.after)
		require.Equal(t, c.want != Finalized && c.want != Cancelled && c.want != Foreign, Phase("active").Has(got))
		require.True(t, Phase("").Has(got))
	}
	_, err := ParsePhase("nonsense")
	require.ErrorContains(t, err, "waiting")
}

func TestRoundNumbers(t *testing.T) {
	for text, want := range map[string]uint64{"0": 0, "42": 42, "#7": 7, "18446744073709551615": 1<<64 - 1} {
		id, err := ParseRoundID(text)
		require.NoError(t, err)
		require.Equal(t, want, id)
	}
	for _, text := range []string{"", "-1", "x", "1.5", "18446744073709551616", "##1"} {
		_, err := ParseRoundID(text)
		require.ErrorAs(t, err, new(usageError), text)
	}
}

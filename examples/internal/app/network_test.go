package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/decloud-sdk/decloud-go/chain"
	"github.com/decloud-sdk/decloud-go/examples/internal/node"
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
		{name: "mainnet without a program", network: mainnet, fails: "there is no default"},
		{name: "devnet", network: devnet, program: elsewhere, wantRPC: "https://api.devnet.solana.com", wantWS: "wss://api.devnet.solana.com"},
		{name: "a provider", network: mainnet, program: elsewhere, rpc: "https://rpc.example/KEY", wantRPC: "https://rpc.example/KEY", wantWS: "wss://rpc.example/KEY"},
		{name: "a socket of its own", network: devnet, program: elsewhere, rpc: "https://rpc.example", ws: "wss://ws.example", wantRPC: "https://rpc.example", wantWS: "wss://ws.example"},
		{name: "polling", network: localnet, ws: node.NoWebSocket, wantRPC: "http://127.0.0.1:8899"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Common{Network: c.network, ProgramID: c.program, RPC: c.rpc, WS: c.ws}
			n, program, err := s.network(testCall())
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.wantRPC, n.RPC)
			require.Equal(t, c.wantWS, n.WS)
			if c.program == "" {
				require.Equal(t, round.LocalProgram, program)
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

func TestStatusChoosesPhases(t *testing.T) {
	for text, want := range map[string]func(round.Phase) bool{
		"":         func(round.Phase) bool { return true },
		"all":      func(round.Phase) bool { return true },
		"Active":   round.Phase.Active,
		"full":     func(p round.Phase) bool { return p == round.PhaseFull },
		"waiting":  func(p round.Phase) bool { return p == round.PhaseWaiting },
		"foreign":  func(p round.Phase) bool { return p == round.PhaseForeign },
		"OVERDUE":  func(p round.Phase) bool { return p == round.PhaseOverdue },
		"training": func(p round.Phase) bool { return p == round.PhaseTraining },
	} {
		l := Listing{status: text}
		require.NoError(t, l.Check(), text)
		for _, p := range round.Phases() {
			require.Equal(t, want(p), l.chosen(p), "%s: %s", text, p)
			require.Contains(t, statusHelp+" unknown", string(p))
		}
	}
	err := (&Listing{status: "nonsense"}).Check()
	require.ErrorAs(t, err, new(usageError))
	require.ErrorContains(t, err, "all, active waiting training")
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

// Further nodes and the fee of the settings reach the client; keys in their addresses
// are never shown.
func TestSeveralNodesAndAnAutomaticFee(t *testing.T) {
	env := map[string]string{"HOME": t.TempDir()}
	set := typed(t.Context(), env, "", "rpc", "set", "http://127.0.0.1:9000", "http://10.0.0.7/KEY", "https://b.example:8899")
	require.Zero(t, set.code, set.err)
	require.Contains(t, set.out, "http://10.0.0.7/[redacted],https://b.example:8899")
	require.Equal(t, 2, typed(t.Context(), env, "", "rpc", "set", "http://127.0.0.1:9000", "file:///x").code)

	s := DefaultCommon()
	s.MoreRPC = Names{"http://10.0.0.7/KEY", "https://b.example:8899"}
	require.NoError(t, s.PriorityFee.Set("AUTO"))
	cfg, _, err := settledCall("").chainConfig(&s)
	require.NoError(t, err)
	require.Equal(t, []chain.Node{{RPC: "http://10.0.0.7/KEY", WS: "ws://10.0.0.7/KEY"}, {RPC: "https://b.example:8899", WS: "wss://b.example:8900"}}, cfg.Fallbacks)
	require.EqualValues(t, 1_000_000, cfg.MaxPriorityFee)
	require.False(t, cfg.Insecure)
	_, err = chain.NewClient(cfg)
	require.NoError(t, err)

	require.NoError(t, s.PriorityFee.Set("5000"))
	s.MoreRPC = Names{"http://8.8.8.8"}
	cfg, _, err = settledCall("").chainConfig(&s)
	require.NoError(t, err)
	require.EqualValues(t, 5000, cfg.PriorityFee)
	require.Zero(t, cfg.MaxPriorityFee)
	mistyped := s
	require.NoError(t, mistyped.PriorityFee.Set("20000000000")) // 4 SOL a transaction
	_, _, err = settledCall("").chainConfig(&mistyped)
	require.ErrorContains(t, err, "more than max_priority_fee, 1000000")
	mistyped.MaxPriorityFee = 30_000_000_000
	_, _, err = settledCall("").chainConfig(&mistyped)
	require.NoError(t, err)
	_, err = chain.NewClient(cfg)
	require.ErrorContains(t, aboutNodes(err), "plain_http")
	s.PlainHTTP = true
	cfg, _, err = settledCall("").chainConfig(&s)
	require.NoError(t, err)
	_, err = chain.NewClient(cfg)
	require.NoError(t, err)
}

// settledCall is a call of an app with this header in its environment.
func settledCall(header string) *Call {
	return &Call{App: &App{Name: "decloud-test"}, Env: func(name string) string { return map[string]string{node.HeaderVariable: header}[name] }}
}

// A header for the node comes from the environment or the settings, reaches the node,
// is never shown, and is forgotten with the node that it was for.
func TestHeaderForTheNode(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{"context":{"slot":1},"value":7}}`)
	}))
	defer server.Close()
	env := map[string]string{"HOME": t.TempDir()}
	run := func(code int, stdin string, args ...string) string {
		t.Helper()
		r := typed(t.Context(), env, stdin, args...)
		require.Equal(t, code, r.code, r.err)
		require.NotContains(t, r.out+r.err, "verysecret", args)
		return r.out + r.err
	}
	run(0, "Authorization: Bearer verysecret\n", "setup", "--new-wallet", "--custom-rpc", server.URL, "--custom-ws", "none", "--rpc-header", "-")
	run(0, "", "balance")
	env["DECLOUD_RPC_HEADER"] = "Authorization: Bearer verysecret2"
	run(0, "", "balance")
	require.Equal(t, []string{"Bearer verysecret", "Bearer verysecret2"}, got)
	env["DECLOUD_RPC_HEADER"] = "verysecret"
	require.Contains(t, run(1, "", "balance"), "DECLOUD_RPC_HEADER")
	delete(env, "DECLOUD_RPC_HEADER")
	require.Contains(t, run(0, "", "config", "--show"), "rpc_header")
	run(0, "", "config", "--show", "--json")
	require.Contains(t, run(2, "", "config", "--set", "rpc_header=verysecret"), "Name: value")

	require.Contains(t, run(0, "", "rpc", "set", server.URL+"/other", "--ws", "none"), "forgotten")
	run(0, "", "balance")
	require.Equal(t, []string{"Bearer verysecret", "Bearer verysecret2", ""}, got)
}

func TestFee(t *testing.T) {
	for text, want := range map[string]Fee{`0`: {}, `7`: {Fixed: 7}, `"7"`: {Fixed: 7}, `"auto"`: {Auto: true}, `null`: {}} {
		var f Fee
		require.NoError(t, json.Unmarshal([]byte(text), &f), text)
		require.Equal(t, want, f)
		again, err := json.Marshal(f)
		require.NoError(t, err)
		var back Fee
		require.NoError(t, json.Unmarshal(again, &back))
		require.Equal(t, f, back)
	}
	for _, text := range []string{`-1`, `"much"`, `1.5`, `{}`} {
		require.Error(t, json.Unmarshal([]byte(text), new(Fee)), text)
	}
}
